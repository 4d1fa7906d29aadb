#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)
data = open(16)
touch(data)

# A private file mapping: reading shares the page cache,
# writing takes a page of one's own.
as sh {
  map = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE, data)
  cached = read(map)
  own = write(map)
  expect own != cached
}
mark "the file is as it was"
