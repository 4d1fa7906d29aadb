#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(32K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 32K)
  frame = follow_page(buf)
  child = fork()
}
as child { copy = write(buf) }
expect copy != frame
mark "the child has copied"

as sh { expect write(buf) == frame }
expect events("copy_page") == 1
mark "the parent has not"
