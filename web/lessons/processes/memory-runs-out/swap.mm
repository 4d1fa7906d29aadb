#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; swap = 64M; watermark_boost_factor = 0 }

# A program has written to 16 MiB of its heap, and sleeps.
sleeper = fork(init)
as sleeper {
  old = mmap(16M)
  touch(old, 16M)
}
worker = fork(init)
mark "asked"

# Another one writes to 28 MiB. No file is in memory.
as worker {
  new = mmap(28M)
  touch(new, 28M)
}
