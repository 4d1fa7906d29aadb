#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Sixteen frames out of a block of 1,024.
# (Blocks of up to 8 frames would come through
# the list of the CPU: a scenario of its own.)
block = alloc_pages(GFP_KERNEL, 4)
mark "six splits"

# Each split left its upper half: one free
# block of every order from 4 to 9.
order = 4
while order < 10 {
  expect nr_free(DMA32, order, Unmovable) == 1
  order = order + 1
}

# The neighbour takes the block of order 4
# that the last split left.
next = alloc_pages(GFP_KERNEL, 4)
expect pfn(next) == pfn(block) + 16
expect nr_free(DMA32, 4, Unmovable) == 0
mark "no split"

# Nothing merges while the buddy is in use ...
__free_pages(block, 4)
expect nr_free(DMA32, 4, Unmovable) == 1
expect events("merge") == 0
mark "waiting for its buddy"

# ... and everything does once it is free.
__free_pages(next, 4)
expect nr_free(DMA32, 10, Unmovable) == 1
expect events("merge") == 6
mark "six merges"
