#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }
sh = fork(init)
other = fork(init)

# A machine at work: free frames lie here and there.
repeat 64 { used[] = alloc_page(GFP_KERNEL) }
for i in 0..32 { __free_page(used[2 * i]) }

# kmalloc: an address of the direct map, where every
# frame has its place. Its frames follow each other.
k = kmalloc(16K, GFP_KERNEL)
expect page_address(virt_to_page(k)) == k
expect virt_to_page(k + 12K) == virt_to_page(k) + 3
mark "kmalloc: frames in a row"

# vmalloc: addresses of its own, which follow each
# other. Its frames do not, and the page behind them
# is never mapped.
v = vmalloc(16K)
frame = vmalloc_to_page(v)
expect page_address(frame) != v
expect vmalloc_to_page(v + 4K) != frame + 1
expect vmalloc_to_page(v + 16K) == NULL
mark "vmalloc: addresses in a row"

# malloc: addresses of a process, and nothing behind
# them. Each page gets the next free frame when it is
# touched, here from the last to the first.
as sh {
  before = rss(sh)
  m = malloc(16K)
  expect rss(sh) == before
  write(m + 8K)
  write(m + 4K)
  write(m)
  expect rss(sh) == before + 3
  expect follow_page(m + 4K) != follow_page(m) + 1
}
mark "malloc: a promise"

# The first two are the kernel's: a process that
# tries to read there is ended by SIGSEGV.
as other { expect read(k) == NULL }
expect events("signal_generate") == 1
mark "kernel space and user space"

# kmalloc ends at 4 MiB, the largest block there is.
block = kmalloc(4M, GFP_KERNEL)
expect block != NULL
expect kmalloc(4M + 1, GFP_KERNEL) == NULL

# vmalloc ends where memory does.
area = vmalloc(16M)
expect area != NULL
expect vmalloc(64M) == NULL

# malloc: no single request for more than all memory,
# but together more than there is.
as sh {
  repeat 4 { heap[] = malloc(24M) }
  expect heap[3] != NULL
  expect malloc(64M) == NULL
}
mark "how large"

# Each has its own way back.
kfree(k)
kfree(block)
vfree(v)
vfree(area)
as sh {
  free(m)
  for one in heap { free(one) }
}
expect vmalloc_to_page(area) == NULL
mark "kfree, vfree, free"
