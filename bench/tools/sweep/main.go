// Command sweep is what the sweep bench needs beside the programs it compares: an S3 server that holds nothing but keys in memory,
// and a raw client that lists and deletes with ready-made requests and understands nothing of the answers but whether more follow.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"serve": serve, "raw": raw}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: sweep serve|raw …")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "sweep:", err)
		os.Exit(1)
	}
}
