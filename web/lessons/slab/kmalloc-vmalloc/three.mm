#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }
sh = fork(init)
repeat 64 { used[] = alloc_page(GFP_KERNEL) }
for i in 0..32 { __free_page(used[2 * i]) }

# Frames in a row
k = kmalloc(16K, GFP_KERNEL)
expect virt_to_page(k + 4K) == virt_to_page(k) + 1
mark "kmalloc"

# Addresses in a row
v = vmalloc(16K)
expect vmalloc_to_page(v + 4K) != vmalloc_to_page(v) + 1
mark "vmalloc"

# Addresses in a row, and no frame yet
as sh {
  m = malloc(16K)
  expect follow_page(m) == NULL
  mark "malloc"
  write(m)
  expect follow_page(m) != NULL
}
mark "malloc, touched"

kfree(k)
vfree(v)
as sh { free(m) }
