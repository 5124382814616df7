package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
)

// A raw transfer: one object, a few connections, one part at a time on each. No signature, no checksum, no second try.
type raw struct {
	target      *url.URL
	file        string
	size, part  int64
	connections int
	authority   string
}

func parseRaw(name string, args []string) (*raw, error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	t := &raw{}
	flags.StringVar(&t.file, "file", "", "the local file")
	flags.Int64Var(&t.size, "size", 0, "bytes of the object")
	flags.Int64Var(&t.part, "part", 16<<20, "bytes of a part")
	flags.IntVar(&t.connections, "connections", 8, "parts at a time")
	flags.StringVar(&t.authority, "ca", "", "certificate authority of the server, PEM")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() != 1 || t.file == "" || t.size <= 0 {
		return nil, fmt.Errorf("usage: transfer %s -file FILE -size BYTES URL", name)
	}
	target, err := url.Parse(flags.Arg(0))
	t.target = target
	return t, err
}

func (t *raw) dial() (net.Conn, error) {
	if t.target.Scheme != "https" {
		return net.Dial("tcp", t.target.Host)
	}
	pem, err := os.ReadFile(t.authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + t.authority)
	}
	return tls.Dial("tcp", t.target.Host, &tls.Config{RootCAs: roots})
}

// each runs work for every part, on as many connections as there may be, and returns the first error.
func (t *raw) each(work func(conn net.Conn, answers *bufio.Reader, file *os.File, from, to int64) error, mode int) error {
	file, err := os.OpenFile(t.file, mode, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	parts := make(chan int64)
	failures := make(chan error, t.connections)
	var lanes sync.WaitGroup
	for range t.connections {
		lanes.Go(func() {
			own, err := os.OpenFile(t.file, mode&^(os.O_CREATE|os.O_TRUNC), 0o600)
			if err != nil {
				failures <- err
				return
			}
			defer own.Close()
			conn, err := t.dial()
			if err != nil {
				failures <- err
				return
			}
			defer conn.Close()
			answers := bufio.NewReaderSize(conn, 4096)
			for from := range parts {
				if err := work(conn, answers, own, from, min(from+t.part, t.size)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	for from := int64(0); from < t.size; from += t.part {
		select {
		case parts <- from:
		case err := <-failures:
			return err
		}
	}
	close(parts)
	lanes.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

// get reads an object into a file.
func get(args []string) error {
	t, err := parseRaw("get", args)
	if err != nil {
		return err
	}
	buffers := sync.Pool{New: func() any { b := make([]byte, 1<<20); return &b }}
	return t.each(func(conn net.Conn, answers *bufio.Reader, file *os.File, from, to int64) error {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%d-%d\r\n\r\n",
			t.target.RequestURI(), t.target.Host, from, to-1)
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusPartialContent || answer.ContentLength != to-from {
			return fmt.Errorf("answered %s, %d bytes", answer.Status, answer.ContentLength)
		}
		buffer := buffers.Get().(*[]byte)
		defer buffers.Put(buffer)
		for at := from; at < to; {
			n, err := answer.Body.Read((*buffer)[:min(int64(len(*buffer)), to-at)])
			if _, failed := file.WriteAt((*buffer)[:n], at); failed != nil {
				return failed
			}
			at += int64(n)
			if err != nil && !(err == io.EOF && at == to) {
				return err
			}
		}
		return nil
	}, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// put sends a file, each part as a request of its own; plain connections let the kernel copy.
func put(args []string) error {
	t, err := parseRaw("put", args)
	if err != nil {
		return err
	}
	return t.each(func(conn net.Conn, answers *bufio.Reader, file *os.File, from, to int64) error {
		fmt.Fprintf(conn, "PUT %s?partNumber=%d&uploadId=raw HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n",
			t.target.RequestURI(), from/t.part+1, t.target.Host, to-from)
		if _, err := file.Seek(from, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.CopyN(conn, file, to-from); err != nil {
			return err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}, os.O_RDONLY)
}
