package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// layout is the one large object: a block repeated from offset 0 on, and islands of other bytes in it.
type layout struct {
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	Block    string            `json:"block"`
	Islands  []island          `json:"islands"`
	Metadata map[string]string `json:"metadata"`
}

type island struct {
	Offset int64  `json:"offset"`
	Bytes  string `json:"bytes"`
	data   []byte
}

// object is what the server has: small bodies as they are, of large ones the size alone.
type object struct {
	size     int64
	body     []byte
	layout   *layout
	metadata map[string]string
	saved    time.Time
}

const (
	etag          = `"00000000000000000000000000000000-1"`
	largestStored = 1 << 20
	pauseBytes    = 1 << 20
)

type server struct {
	lock    sync.Mutex
	objects map[string]*object
	uploads map[string]*object
	next    int
	block   []byte
}

// serve listens on -address, prints the address it got, and serves until it is killed.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:0", "where to listen")
	layoutFile := flags.String("layout", "", "JSON of the large object")
	certificate := flags.String("cert", "", "PEM; with -key: serve HTTPS")
	key := flags.String("key", "", "PEM")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := &server{objects: map[string]*object{}, uploads: map[string]*object{}}
	if *layoutFile != "" {
		if err := s.load(*layoutFile); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	web := &http.Server{Handler: s}
	if *certificate != "" {
		return web.ServeTLS(listener, *certificate, *key)
	}
	return web.Serve(listener)
}

func (s *server) load(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	l := &layout{}
	if err := json.Unmarshal(text, l); err != nil {
		return err
	}
	if s.block, err = base64.StdEncoding.DecodeString(l.Block); err != nil {
		return err
	}
	for i := range l.Islands {
		if l.Islands[i].data, err = base64.StdEncoding.DecodeString(l.Islands[i].Bytes); err != nil {
			return err
		}
	}
	sort.Slice(l.Islands, func(a, b int) bool { return l.Islands[a].Offset < l.Islands[b].Offset })
	s.objects[l.Key] = &object{size: l.Size, layout: l, metadata: l.Metadata, saved: time.Now()}
	return nil
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case query.Has("uploads") || query.Has("uploadId"):
		s.multipart(w, r, key)
	case key == "" && r.Method == http.MethodGet:
		s.list(w, query.Get("prefix"), query.Has("list-type"))
	case query.Has("delete"):
		s.deleteAll(w, r)
	case key == "":
		w.WriteHeader(http.StatusOK)
	case r.Method == http.MethodPut:
		s.write(w, r, key)
	case r.Method == http.MethodDelete:
		s.lock.Lock()
		delete(s.objects, key)
		s.lock.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		s.read(w, r, key)
	}
}

// deleteAll answers DeleteObjects.
func (s *server) deleteAll(w http.ResponseWriter, r *http.Request) {
	type named struct {
		Key string
	}
	asked := struct {
		Object []named
	}{}
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	s.lock.Lock()
	for _, o := range asked.Object {
		delete(s.objects, o.Key)
	}
	s.lock.Unlock()
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Deleted []named
	}{Deleted: asked.Object})
}

func (s *server) get(key string) *object {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.objects[key]
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

// discard reads a body to its end and keeps the beginning.
func discard(body io.Reader, buffer []byte) (kept []byte, total int64, err error) {
	for {
		n, err := body.Read(buffer)
		if total < largestStored {
			kept = append(kept, buffer[:n]...)
		}
		total += int64(n)
		if err == io.EOF {
			return kept, total, nil
		}
		if err != nil {
			return nil, total, err
		}
	}
}

var buffers = sync.Pool{New: func() any { b := make([]byte, pauseBytes); return &b }}

func drain(r *http.Request) (kept []byte, total int64, err error) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	kept, total, err = discard(r.Body, *buffer)
	// a body in signed chunks is longer than what it carries
	if decoded, bad := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); bad == nil {
		total = decoded
	}
	return kept, total, err
}

func metadataOf(r *http.Request) map[string]string {
	found := map[string]string{}
	for name, values := range r.Header {
		if rest, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); ok {
			found[rest] = values[0]
		}
	}
	return found
}

func (s *server) write(w http.ResponseWriter, r *http.Request, key string) {
	body, size, err := drain(r)
	if err != nil {
		return
	}
	made := &object{size: size, body: body, metadata: metadataOf(r), saved: time.Now()}
	if !s.place(key, made, r) {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	w.Header().Set("ETag", etag)
}

func (s *server) place(key string, made *object, r *http.Request) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if r.Header.Get("If-None-Match") == "*" && s.objects[key] != nil {
		return false
	}
	s.objects[key] = made
	return true
}

func (s *server) multipart(w http.ResponseWriter, r *http.Request, key string) {
	id := r.URL.Query().Get("uploadId")
	switch r.Method {
	case http.MethodPut:
		_, size, err := drain(r)
		if err != nil {
			return
		}
		s.lock.Lock()
		if upload := s.uploads[id]; upload != nil {
			upload.size += size
		}
		s.lock.Unlock()
		w.Header().Set("ETag", etag)
	case http.MethodPost:
		_, _, _ = drain(r)
		s.begin(w, r, key, id)
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		fmt.Fprint(w, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
	}
}

// begin opens an upload, or (with an id) completes it.
func (s *server) begin(w http.ResponseWriter, r *http.Request, key, id string) {
	s.lock.Lock()
	upload := s.uploads[id]
	if id == "" {
		s.next++
		id = strconv.Itoa(s.next)
		s.uploads[id] = &object{metadata: metadataOf(r)}
		s.lock.Unlock()
		fmt.Fprintf(w, `<InitiateMultipartUploadResult><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, key, id)
		return
	}
	s.lock.Unlock()
	if upload == nil {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	upload.saved = time.Now()
	if !s.place(key, upload, r) {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	fmt.Fprintf(w, `<CompleteMultipartUploadResult><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>`, key, strings.ReplaceAll(etag, `"`, "&quot;"))
}

type listed struct {
	Key          string
	Size         int64
	ETag         string
	LastModified string
	StorageClass string
}

func (s *server) list(w http.ResponseWriter, prefix string, second bool) {
	s.lock.Lock()
	found := []listed{}
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if o := s.objects[key]; strings.HasPrefix(key, prefix) {
			found = append(found, listed{key, o.size, etag, o.saved.UTC().Format("2006-01-02T15:04:05.000Z"), "STANDARD"})
		}
	}
	s.lock.Unlock()
	type result struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Prefix      string
		KeyCount    int `xml:",omitempty"`
		MaxKeys     int
		IsTruncated bool
		Contents    []listed
	}
	count := 0
	if second {
		count = len(found)
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(result{Prefix: prefix, KeyCount: count, MaxKeys: 1000, Contents: found})
}

func (s *server) read(w http.ResponseWriter, r *http.Request, key string) {
	o := s.get(key)
	if o == nil {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	header := w.Header()
	header.Set("ETag", etag)
	header.Set("Last-Modified", o.saved.UTC().Format(http.TimeFormat))
	header.Set("Accept-Ranges", "bytes")
	header.Set("Content-Type", "application/octet-stream")
	for name, value := range o.metadata {
		header.Set("x-amz-meta-"+name, value)
	}
	from, to, ranged := rangeOf(r.Header.Get("Range"), o.size)
	header.Set("Content-Length", strconv.FormatInt(to-from, 10))
	if ranged {
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, o.size))
		w.WriteHeader(http.StatusPartialContent)
	}
	if r.Method == http.MethodHead {
		return
	}
	if o.layout == nil {
		_, _ = w.Write(o.body[from:to])
		return
	}
	_ = s.generate(w, o.layout, from, to)
}

func rangeOf(header string, size int64) (from, to int64, ranged bool) {
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, both := strings.Cut(text, "-")
	if !ok || !both {
		return 0, size, false
	}
	from, errFrom := strconv.ParseInt(first, 10, 64)
	to, errTo := strconv.ParseInt(last, 10, 64)
	switch {
	case errFrom != nil: // the last bytes
		return max(0, size-to), size, true
	case errTo != nil:
		return from, size, true
	default:
		return from, min(to+1, size), true
	}
}

var errShort = errors.New("the client went away")

func (s *server) generate(w io.Writer, l *layout, from, to int64) error {
	next := sort.Search(len(l.Islands), func(i int) bool {
		return l.Islands[i].Offset+int64(len(l.Islands[i].data)) > from
	})
	for from < to {
		var piece []byte
		switch {
		case next < len(l.Islands) && l.Islands[next].Offset <= from:
			piece = l.Islands[next].data[from-l.Islands[next].Offset:]
			next++
		default:
			piece = s.block[from%int64(len(s.block)):]
			if next < len(l.Islands) {
				piece = piece[:min(int64(len(piece)), l.Islands[next].Offset-from)]
			}
		}
		piece = piece[:min(int64(len(piece)), to-from)]
		if n, err := w.Write(piece); err != nil || n < len(piece) {
			return errShort
		}
		from += int64(len(piece))
	}
	return nil
}
