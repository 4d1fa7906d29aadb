#!mm 1
machine x86_64 { ram = 16G; kernel = "6.12" }

gap = watermark(Normal, low) - watermark(Normal, min)

sysctl watermark_scale_factor = 100
