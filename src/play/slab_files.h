// /sys/kernel/slab: SLUB's own account of a cache, one file a number (`slab_attrs`, mm/slub.c, Linux 6.1 and 6.12).
//
//   /sys/kernel/slab/kmalloc-64/order              0
//   /sys/kernel/slab/kmalloc-64/objects            1280 N0=1280      by node, on kernels that know nodes
//   /sys/kernel/slab/kmalloc-64/slabs_cpu_partial  96(3) C0=96(3)    objects (slabs), by CPU, each slab taken as half free
//
// A merged cache is found by each of its names and by the one that the kernel makes up for it (":0000064"). Left out are
// the files that only serve to write (shrink, validate), and what no machine here has: failslab, kfence, trace is always 0.
// There is no such folder where the kernel has the classic SLAB.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmscope {

class Machine;

inline constexpr std::string_view kSlabFolder = "/sys/kernel/slab/";

// "kmalloc-64/order": the text of that file. Nothing if there is no such cache or file.
std::optional<std::string> slab_file_text(const Machine& machine, std::string_view path);
// "kmalloc-64": all its files, each line after the file's name, as `grep "" *` prints them.
std::optional<std::string> slab_folder_text(const Machine& machine, std::string_view cache);
// Every path that can be asked for, the newest cache first.
std::vector<std::string> slab_file_paths(const Machine& machine);

}  // namespace mmscope
