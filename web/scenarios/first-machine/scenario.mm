#!mm 1
machine x86_64 { ram = 1G; cpus = 2; kernel = "6.12"; seed = 7 }

# The kernel's own pages: nobody can move them (U).
repeat 90 { kernel[] = alloc_pages(GFP_KERNEL, random(0, 6)) }
buffer = alloc_pages(GFP_KERNEL|GFP_DMA, 4)   # 64 KiB below 16 MiB, for an old device
mark "the kernel"

# Caches of names and inodes: they shrink when memory is short (E).
repeat 120 { caches[] = alloc_pages(GFP_KERNEL|__GFP_RECLAIMABLE, random(0, 6)) }
mark "its caches"

# Programs and files: page tables point to their pages, so these can move (M).
repeat 240 { programs[] = alloc_pages(GFP_HIGHUSER_MOVABLE, random(0, 9)) }
repeat 80 { files[] = alloc_pages(GFP_HIGHUSER_MOVABLE, random(8, 10)) }
mark "programs and files"

# Some programs end, some files are dropped, some caches shrink: holes of every size.
for page in programs { if random(1, 3) == 1 { __free_pages(page, order_of(page)) } }
for page in files { if random(1, 3) == 1 { __free_pages(page, order_of(page)) } }
for page in caches { if random(1, 4) == 1 { __free_pages(page, order_of(page)) } }
mark "some are gone"

# New requests fill the smallest holes that fit.
repeat 60 { later[] = alloc_pages(GFP_HIGHUSER_MOVABLE, random(0, 2)) }
expect free_pages_in(DMA32) > watermark(DMA32, high)   "memory is plentiful"
