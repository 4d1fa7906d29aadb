#!mm 1
machine x86_64 { ram = 128M; cpus = 1; kernel = "6.12" }

# The backup has read a file that is larger than memory.
backup = open(40000)
touch(backup)
sh = fork(init)
mark "asked"

# Now a process needs 32 MiB for itself.
as sh {
  heap = mmap(32M)
  touch(heap, 32M)
}
