//go:build tools

// Package tools pins the S3 server of the local cluster: its go.sum locks every module it is built from.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
