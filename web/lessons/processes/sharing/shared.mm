#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

# MAP_SHARED: a write is not copied but seen by all.
as sh {
  buf = mmap(32K, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS)
  frame = write(buf)
  child = fork()
}
as child { expect write(buf) == frame }
as sh { expect read(buf) == frame }
expect events("copy_page") == 0
mark "one frame, two writers"
