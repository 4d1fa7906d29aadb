#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

p = kmalloc(100, GFP_KERNEL)
expect ksize(p) == 128
mark "100 bytes"

# The page is a slab now. 31 places are left, and
# the next requests cost no page.
repeat 31 { more[] = kmalloc(100, GFP_KERNEL) }
expect slabs(cache("kmalloc-128")) == 1
mark "a full page"

# The 33rd object takes the next page.
q = kmalloc(100, GFP_KERNEL)
expect slabs(cache("kmalloc-128")) == 2
