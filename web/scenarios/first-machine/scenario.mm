#!mm 1
machine x86_64 { ram = 1G; cpus = 2; kernel = "6.12"; seed = 7 }

# The kernel's own pages: nobody can move them (U).
repeat 48 { kernel[] = alloc_pages(GFP_KERNEL, random(0, 5)) }
buffer = alloc_pages(GFP_KERNEL|GFP_DMA, 4)   # 64 KiB below 16 MiB, for an old device
mark "the kernel"

# Caches of names and inodes: they shrink when memory is short (E).
repeat 64 { caches[] = alloc_pages(GFP_KERNEL|__GFP_RECLAIMABLE, random(0, 6)) }
mark "its caches"

# The pages of programs: page tables point to them, so they can move (M).
repeat 200 { programs[] = alloc_pages(GFP_HIGHUSER_MOVABLE, random(0, 8)) }
mark "programs"

# Some programs end, some caches shrink: holes of every size.
for page in programs { if random(1, 3) == 1 { __free_pages(page, order_of(page)) } }
for page in caches { if random(1, 4) == 1 { __free_pages(page, order_of(page)) } }
mark "some are gone"

# New requests fill the smallest holes first.
repeat 40 { later[] = alloc_page(GFP_HIGHUSER_MOVABLE) }
expect free_pages_in(DMA32) > watermark(DMA32, high)   "memory is plentiful"
