#!mm 1
machine x86_64 { ram = 1G; cpus = 2; kernel = "6.12" }

# One frame is asked for, and 63 disappear from
# the free lists: the CPU fetches a batch.
before = free_pages_in(DMA32)
page = alloc_page(GFP_KERNEL)
expect free_pages_in(DMA32) == before - 63
expect events("pcp_refill") == 1
mark "a batch of 63"

# The next 62 come from the CPU's own list. The
# buddy system is not asked at all.
splits = events("expand")
repeat 62 { more[] = alloc_page(GFP_KERNEL) }
expect free_pages_in(DMA32) == before - 63
expect events("expand") == splits
mark "62 for nothing"

# All are freed. No frame is in use now, yet
# buddyinfo still misses 63, and nothing merges.
__free_page(page)
for page in more { __free_page(page) }
expect free_pages_in(DMA32) == before - 63
expect events("merge") == 0
mark "free, and not in buddyinfo"

# The last one freed is the next one given: it
# is still warm in the CPU's cache.
last = more[61]
again = alloc_page(GFP_KERNEL)
expect pfn(again) == pfn(last)
mark "last in, first out"

# CPU 1 has lists of its own: another batch.
on cpu 1 { far = alloc_page(GFP_KERNEL) }
expect free_pages_in(DMA32) == before - 126

# A block of order 4 does not pass through the
# lists: it is taken and missed at once.
block = alloc_pages(GFP_KERNEL, 4)
expect free_pages_in(DMA32) == before - 126 - 16
mark "order 4 goes straight"
