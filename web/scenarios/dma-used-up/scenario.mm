#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# Sound cards of long ago: each wants 128 KiB
# below 16 MiB.
gfp = GFP_KERNEL|GFP_DMA
buffer = alloc_pages(gfp, 5)
while buffer != NULL {
  buffers[] = buffer
  buffer = alloc_pages(gfp, 5)
}
expect len(buffers) > 100
mark "zone DMA is used up"

# Gigabytes are free, and of no use: a request
# goes down from its highest zone, never up.
expect free_pages_in(Normal) > 500000
expect free_pages_in(DMA32) > 500000
expect alloc_pages(gfp, 5) == NULL

# Whoever can reach 4 GiB is served, and so is
# whoever does not care.
expect alloc_pages(GFP_KERNEL|GFP_DMA32, 5) != NULL
expect alloc_pages(GFP_KERNEL, 5) != NULL
mark "the others notice nothing"

# What little is left in DMA is kept by its min
# watermark: 32 frames more would go below it.
# kswapd was woken, found nothing to drop in 16
# runs, and gave up.
expect free_pages_in(DMA) - 31 <= watermark(DMA, min)
expect events("kswapd_hopeless") == 1
mark "held by min"
