#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Zone DMA is taken away, so that only DMA32 can
# give a huge page.
while nr_free(DMA, 9) + nr_free(DMA, 10) > 0 {
  dma[] = alloc_pages(__GFP_MEMALLOC|__GFP_DMA, 9)
}

# A file is read, a page at a time; between its
# pages a program takes frames. Then the program
# ends: every other frame is free.
file = open(3000)
for page in 0..3000 {
  touch(file, 4K, page * 4K)
  program[] = alloc_page(GFP_HIGHUSER_MOVABLE)
}
for frame in program { __free_page(frame) }
drain_all_pages()

# The last whole blocks go to somebody else.
while nr_free(DMA32, 9) + nr_free(DMA32, 10) > 0 {
  large[] = alloc_pages(__GFP_MEMALLOC|__GFP_MOVABLE, 9)
}
expect free_pages_in(DMA32) > 2500   "more than ten megabytes are free"
expect unusable_index(DMA32, 9) == 1000   "and none of it is of use for a huge page"
mark "riddled with holes"

# The lists cannot serve a huge page, so the
# request compacts: pages of the file move up into
# the holes, until a pageblock below is empty.
before = vmstat("pgsteal_kswapd") + vmstat("pgsteal_direct")
huge = alloc_pages(GFP_TRANSHUGE, 9)
expect huge != NULL
expect vmstat("compact_success") == 1
expect vmstat("pgmigrate_success") > 200
mark "compacted"

# Not a page of the file was dropped for it.
expect vmstat("pgsteal_kswapd") + vmstat("pgsteal_direct") == before
