module reprise.dev/bench/tools/sweep

go 1.26
