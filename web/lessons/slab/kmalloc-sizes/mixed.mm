#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 32 objects fill a page. Every other one goes.
repeat 32 { first[] = kmalloc(100, GFP_KERNEL) }
for i in 0..16 { kfree(first[2 * i]) }
mark "sixteen gaps"

# Other sizes of the same class fit every gap.
repeat 8 { next[] = kmalloc(97, GFP_KERNEL) }
repeat 8 { next[] = kmalloc(128, GFP_KERNEL) }
expect slabs(cache("kmalloc-128")) == 1
mark "no gap left"
