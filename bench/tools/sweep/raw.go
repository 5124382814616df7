package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// raw lists everything between given keys, or deletes given keys, with some requests at a time. It gives the server's own ceiling:
// the answers are only searched for the next token.
func raw(args []string) error {
	flags := flag.NewFlagSet("raw", flag.ContinueOnError)
	endpoint := flags.String("endpoint", "", "URL of the bucket")
	prefix := flags.String("prefix", "", "what to list")
	cuts := flags.String("cuts", "", "file with keys between which to list side by side")
	condemned := flags.String("delete", "", "file with the keys to delete; without it, lists")
	lanes := flags.Int("lanes", 8, "requests at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client := &rawClient{endpoint: *endpoint, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *lanes, DisableCompression: true}}}
	if *condemned != "" {
		keys, err := linesOf(*condemned)
		if err != nil {
			return err
		}
		return client.deleteAll(keys, *lanes)
	}
	starts, err := linesOf(*cuts)
	if err != nil {
		return err
	}
	return client.listAll(*prefix, starts)
}

func linesOf(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	var all []string
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		all = append(all, lines.Text())
	}
	return all, lines.Err()
}

type rawClient struct {
	endpoint string
	http     *http.Client
}

// together runs the tasks and returns the first error.
func together(tasks []func() error) error {
	var group sync.WaitGroup
	failures := make(chan error, len(tasks))
	for _, task := range tasks {
		group.Go(func() {
			if err := task(); err != nil {
				failures <- err
			}
		})
	}
	group.Wait()
	close(failures)
	return <-failures
}

func (c *rawClient) listAll(prefix string, starts []string) error {
	var tasks []func() error
	for at, start := range append([]string{""}, starts...) {
		end := ""
		if at < len(starts) {
			end = starts[at]
		}
		tasks = append(tasks, func() error { return c.listRange(prefix, start, end) })
	}
	return together(tasks)
}

func (c *rawClient) listRange(prefix, start, end string) error {
	token := ""
	for {
		query := url.Values{"list-type": {"2"}, "max-keys": {"1000"}, "prefix": {prefix}}
		if token != "" {
			query.Set("continuation-token", token)
		} else if start != "" {
			query.Set("start-after", start)
		}
		body, err := c.send(http.MethodGet, query, nil)
		if err != nil {
			return err
		}
		_, after, found := bytes.Cut(body, []byte("<NextContinuationToken>"))
		next, _, _ := bytes.Cut(after, []byte("</NextContinuationToken>"))
		// the tokens of both servers are the last key
		if !found || len(next) == 0 || end != "" && string(next) >= end {
			return nil
		}
		token = string(next)
	}
}

func (c *rawClient) deleteAll(keys []string, lanes int) error {
	batches := make(chan []string, len(keys)/1000+1)
	for from := 0; from < len(keys); from += 1000 {
		batches <- keys[from:min(from+1000, len(keys))]
	}
	close(batches)
	var tasks []func() error
	for range lanes {
		tasks = append(tasks, func() error {
			for batch := range batches {
				var body bytes.Buffer
				body.WriteString("<Delete><Quiet>true</Quiet>")
				for _, key := range batch {
					body.WriteString("<Object><Key>" + key + "</Key></Object>")
				}
				body.WriteString("</Delete>")
				answer, err := c.send(http.MethodPost, url.Values{"delete": {""}}, body.Bytes())
				if err == nil && bytes.Contains(answer, []byte("<Error>")) {
					err = errors.New(string(answer[:min(len(answer), 500)]))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return together(tasks)
}

func (c *rawClient) send(method string, query url.Values, body []byte) ([]byte, error) {
	// AWS wants blanks as %20
	target := c.endpoint + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	request, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		sum := md5.Sum(body)
		request.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	sign(request, body)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.500s", answer.Status, read)
	}
	return read, err
}

// sign adds AWS Signature Version 4 with the credentials of the environment.
func sign(request *http.Request, body []byte) {
	now := time.Now().UTC()
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	sum := sha256.Sum256(body)
	content := hex.EncodeToString(sum[:])
	request.Header.Set("x-amz-date", stamp)
	request.Header.Set("x-amz-content-sha256", content)
	canonical := strings.Join([]string{
		request.Method, request.URL.EscapedPath(), request.URL.RawQuery,
		"host:" + request.URL.Host, "x-amz-content-sha256:" + content, "x-amz-date:" + stamp, "",
		"host;x-amz-content-sha256;x-amz-date", content,
	}, "\n")
	scope := day + "/us-east-1/s3/aws4_request"
	hashed := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(hashed[:])
	key := []byte("AWS4" + os.Getenv("AWS_SECRET_ACCESS_KEY"))
	for _, part := range []string{day, "us-east-1", "s3", "aws4_request"} {
		key = mac(key, part)
	}
	request.Header.Set("Authorization", fmt.Sprintf(
		"AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=%x",
		os.Getenv("AWS_ACCESS_KEY_ID"), scope, mac(key, text)))
}

func mac(key []byte, text string) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(text))
	return hash.Sum(nil)
}
