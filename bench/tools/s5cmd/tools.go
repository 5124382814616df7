//go:build tools

// Package tools names the program that the transfer bench builds from this module, so that go.sum locks every byte of it.
package tools

import _ "github.com/peak/s5cmd/v2"
