#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

# 2.6: the square root rule and nothing else
pages = watermark(DMA, min) + watermark(Normal, min)
expect pages * 4 < 4096
expect watermark(Normal, low) == watermark(Normal, min) * 5 / 4

# Below min, too, GFP_ATOMIC stopped at 3/8.
block = alloc_pages(GFP_ATOMIC, 4)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_ATOMIC, 4)
}
expect free_pages_in(Normal) >= watermark(Normal, min) * 3 / 8
mark "2.6"
