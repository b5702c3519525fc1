module paperweight

go 1.26.8
