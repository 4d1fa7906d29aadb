#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# One frame out of a block of 1,024.
page = alloc_page(GFP_KERNEL)
mark "ten splits"

# Each split left its upper half: one free
# block of every order below 10.
order = 0
while order < 10 {
  expect nr_free(DMA32, order, Unmovable) == 1
  order = order + 1
}

# The neighbour takes the block of order 0
# that the last split left.
next = alloc_page(GFP_KERNEL)
expect pfn(next) == pfn(page) + 1
expect nr_free(DMA32, 0, Unmovable) == 0
mark "no split"

# Nothing merges while the buddy is in use ...
__free_page(page)
expect nr_free(DMA32, 0, Unmovable) == 1
mark "waiting for its buddy"

# ... and everything does once it is free.
__free_page(next)
expect nr_free(DMA32, 10, Unmovable) == 1
expect events("merge") == 10
mark "ten merges"
