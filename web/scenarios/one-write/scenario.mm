#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # An area is a promise: no frame belongs to it yet.
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  expect follow_page(buf) == NULL
  mark "promised, not there"

  # The first write: the TLB does not know the page,
  # the walk ends at an empty entry, a page fault finds
  # the area, takes a frame, zeroes it and sets the
  # entry; then the write is tried again.
  frame = write(buf)
  expect follow_page(buf) == frame
  mark "fault, frame, entry, retry"

  # The second one: the TLB answers, nothing is walked.
  misses = tlb_misses(0)
  expect write(buf) == frame
  expect tlb_misses(0) == misses
  mark "the TLB knows it"
}
