package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// store is one bucket: keys in order, each with the XML that a listing shows of it.
type store struct {
	mutex   sync.RWMutex
	keys    []string
	entries [][]byte
	gone    []bool
	counts  struct{ Lists, Deletes, Deleted int }
}

const savedAt = "2024-02-01T01:29:28.000Z"

// fill reads the keys, sorted, one a line.
func (s *store) fill(file string) error {
	text, err := os.Open(file)
	if err != nil {
		return err
	}
	defer text.Close()
	s.keys, s.entries = nil, nil
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		key := lines.Text()
		s.keys = append(s.keys, key)
		s.entries = append(s.entries, fmt.Appendf(nil,
			"<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;c4ca4238a0b923820dcc509a6f75849b&quot;</ETag><Size>5394161632</Size><StorageClass>STANDARD</StorageClass></Contents>",
			key, savedAt))
	}
	s.gone = make([]bool, len(s.keys))
	return lines.Err()
}

// list answers ListObjectsV2, without delimiters: nobody in the bench asks for them. The keys need no escapes.
func (s *store) list(query url.Values) []byte {
	s.mutex.Lock()
	s.counts.Lists++
	s.mutex.Unlock()
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	prefix, after := query.Get("prefix"), query.Get("continuation-token")
	if after == "" {
		after = query.Get("start-after")
	}
	most, err := strconv.Atoi(query.Get("max-keys"))
	if err != nil || most > 1000 {
		most = 1000
	}
	at := sort.SearchStrings(s.keys, max(prefix, after))
	if at < len(s.keys) && s.keys[at] == after {
		at++
	}
	body := bytes.NewBuffer(make([]byte, 0, 320*1024))
	count, last, more := 0, "", false
	for ; at < len(s.keys) && strings.HasPrefix(s.keys[at], prefix); at++ {
		if s.gone[at] {
			continue
		}
		if count == most {
			more = true
			break
		}
		body.Write(s.entries[at])
		last = s.keys[at]
		count++
	}
	head := fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name><Prefix>%s</Prefix><KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys><IsTruncated>%t</IsTruncated>`, prefix, count, most, more)
	if query.Get("encoding-type") == "url" {
		head += "<EncodingType>url</EncodingType>"
	}
	if more {
		head += "<NextContinuationToken>" + last + "</NextContinuationToken>"
	}
	return append(append([]byte(head), body.Bytes()...), "</ListBucketResult>"...)
}

type deletion struct {
	Objects []struct{ Key string } `xml:"Object"`
	Quiet   bool
}

// parse reads the keys of a deletion: quickly where it is written as everybody writes it.
func parse(body []byte) (keys []string, quiet bool, err error) {
	if bytes.Contains(body, []byte("&")) {
		var asked deletion
		if err := xml.Unmarshal(body, &asked); err != nil {
			return nil, false, err
		}
		for _, object := range asked.Objects {
			keys = append(keys, object.Key)
		}
		return keys, asked.Quiet, nil
	}
	quiet = bytes.Contains(body, []byte("<Quiet>true</Quiet>"))
	for {
		_, after, found := bytes.Cut(body, []byte("<Key>"))
		if !found {
			return keys, quiet, nil
		}
		key, rest, _ := bytes.Cut(after, []byte("</Key>"))
		keys, body = append(keys, string(key)), rest
	}
}

func (s *store) remove(keys []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.counts.Deletes++
	for _, key := range keys {
		at := sort.SearchStrings(s.keys, key)
		if at < len(s.keys) && s.keys[at] == key && !s.gone[at] {
			s.gone[at] = true
			s.counts.Deleted++
		}
	}
}

func (s *store) deleteMany(body []byte) ([]byte, error) {
	keys, quiet, err := parse(body)
	if err != nil {
		return nil, err
	}
	s.remove(keys)
	answer := bytes.NewBufferString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	if !quiet {
		for _, key := range keys {
			answer.WriteString("<Deleted><Key>" + key + "</Key></Deleted>")
		}
	}
	answer.WriteString("</DeleteResult>")
	return answer.Bytes(), nil
}

// control is the bench's own: reset, counts, and what is left.
func (s *store) control(path string, out http.ResponseWriter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch path {
	case "/-/reset":
		s.gone = make([]bool, len(s.keys))
		s.counts.Lists, s.counts.Deletes, s.counts.Deleted = 0, 0, 0
	case "/-/counts":
		_ = json.NewEncoder(out).Encode(s.counts)
	case "/-/left":
		for at, key := range s.keys {
			if !s.gone[at] {
				_, _ = io.WriteString(out, key+"\n")
			}
		}
	}
}

func (s *store) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	if strings.HasPrefix(in.URL.Path, "/-/") {
		s.control(in.URL.Path, out)
		return
	}
	query := in.URL.Query()
	_, key, _ := strings.Cut(strings.TrimPrefix(in.URL.Path, "/"), "/")
	var answer []byte
	switch {
	case in.Method == http.MethodPost && query.Has("delete"):
		body, err := io.ReadAll(in.Body)
		if err == nil {
			answer, err = s.deleteMany(body)
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
	case in.Method == http.MethodDelete && key != "":
		s.remove([]string{key})
		out.WriteHeader(http.StatusNoContent)
		return
	case in.Method == http.MethodHead:
		s.head(key, out)
		return
	default:
		answer = s.list(query)
	}
	out.Header().Set("Content-Type", "application/xml")
	out.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = out.Write(answer)
}

func (s *store) head(key string, out http.ResponseWriter) {
	s.mutex.RLock()
	at := sort.SearchStrings(s.keys, key)
	found := key == "" || at < len(s.keys) && s.keys[at] == key && !s.gone[at]
	s.mutex.RUnlock()
	if !found {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	out.Header().Set("ETag", `"c4ca4238a0b923820dcc509a6f75849b"`)
	out.Header().Set("Last-Modified", "Thu, 01 Feb 2024 01:29:28 GMT")
	out.Header().Set("Content-Length", "0")
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	keys := flags.String("keys", "", "file with the keys, sorted, one a line")
	if err := flags.Parse(args); err != nil {
		return err
	}
	bucket := &store{}
	if err := bucket.fill(*keys); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, bucket)
}
