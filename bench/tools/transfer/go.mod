module reprise.dev/bench/tools/transfer

go 1.26
