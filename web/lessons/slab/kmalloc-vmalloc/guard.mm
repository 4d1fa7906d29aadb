#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

apart = 0
a = vmalloc(5000)
mark "asked"

# How many pages from one address to the other?
b = vmalloc(5000)
at = a
while at != b {
  at = at + 4K
  apart = apart + 1
}
