#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
files = open(1024)
touch(files)

# One byte in its middle is read through a mapping.
sh = fork(init)
as sh {
  map = mmap(4M, PROT_READ, MAP_PRIVATE, files)
  read(map + 2M)
}
mark "asked"
drop_caches(1)
