// Command transfer is what the transfer bench needs beside the programs it compares: an S3 server that generates what it sends and
// discards what it gets, a raw reader and a raw writer that do nothing but move the bytes, and a stopwatch for a child process.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"serve": serve, "get": get, "put": put, "measure": measure}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: transfer serve|get|put|measure …")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "transfer:", err)
		os.Exit(1)
	}
}
