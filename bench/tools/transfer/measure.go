package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// measurement is what one child process cost, its own children included.
type measurement struct {
	Status      int     `json:"status"`
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	PeakBytes   int64   `json:"peakBytes"`
}

// measure runs `FILE COMMAND ARG…`, writes the child's process id to FILE.pid, passes SIGTERM and SIGINT on, and writes what it all
// cost to FILE.
func measure(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: transfer measure FILE COMMAND ARG…")
	}
	child := exec.Command(args[1], args[2:]...)
	child.Stdin, child.Stdout, child.Stderr = nil, os.Stdout, os.Stderr
	started := time.Now()
	if err := child.Start(); err != nil {
		return err
	}
	if err := os.WriteFile(args[0]+".pid", []byte(strconv.Itoa(child.Process.Pid)), 0o600); err != nil {
		return err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for received := range signals {
			_ = child.Process.Signal(received)
		}
	}()
	err := child.Wait()
	wall := time.Since(started)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	state := child.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("no resource usage on this system")
	}
	text, err := json.Marshal(measurement{
		Status:      state.ExitCode(),
		WallSeconds: wall.Seconds(),
		CPUSeconds:  (state.UserTime() + state.SystemTime()).Seconds(),
		PeakBytes:   usage.Maxrss * 1024, // Linux counts in KiB
	})
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], text, 0o600)
}
