// Command etcd is the etcd server, built from its module so that go.sum locks every byte of it.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
