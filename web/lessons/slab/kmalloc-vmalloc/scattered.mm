#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# A machine at work: free frames lie here and there.
repeat 64 { used[] = alloc_page(GFP_KERNEL) }
for i in 0..32 { __free_page(used[2 * i]) }
mark "at work"

# Three pages, one address after the other
v = vmalloc(12K)
a = vmalloc_to_page(v)
b = vmalloc_to_page(v + 4K)
c = vmalloc_to_page(v + 8K)
expect b != a + 1
expect c != b + 1
mark "three frames"
