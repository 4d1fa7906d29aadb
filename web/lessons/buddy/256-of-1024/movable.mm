#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# The same request for memory of a program: it
# may move, and no pageblock has to be
# claimed.
a = alloc_pages(GFP_HIGHUSER_MOVABLE, 8)
expect events("claim") == 0
mark "movable"

b = alloc_pages(GFP_KERNEL, 8)
expect events("claim") == 1
mark "unmovable"
