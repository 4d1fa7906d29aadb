#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Down to the low watermark nothing happens.
while free_pages_in(DMA32) > watermark(DMA32, low) + 512 {
  pages[] = alloc_pages(GFP_KERNEL, 9)
}
expect events("slowpath") == 0
mark "above low"

# Then comes the slow path: kswapd is woken,
# and min is the limit now.
while events("slowpath") == 0 {
  pages[] = alloc_pages(GFP_KERNEL, 9)
}
expect events("wakeup_kswapd") >= 1
expect free_pages_in(DMA32) - 511 < watermark(DMA32, low)
mark "below low"
