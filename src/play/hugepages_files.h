// The files of /sys/kernel/mm/hugepages: a folder for each size of huge pages, with what its pool has.
//
//   /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
//
// Sizes are meant by the height of their leaves (mm/hugetlb_pool.h). Left out: the files of each node, nr_overcommit_
// and nr_hugepages_mempolicy, demote.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/page_alloc.h"

namespace mmscope {

inline constexpr std::string_view kHugepagesFolder = "/sys/kernel/mm/hugepages/";
inline constexpr std::string_view kHugepagesFiles[] = {"nr_hugepages", "free_hugepages", "resv_hugepages",
                                                       "surplus_hugepages"};
inline constexpr u32 kHugepagesFileCount = 4;

u64 hugepages_bytes(const PageAllocator& memory, u32 height);
// The height whose leaves map so many bytes; 0: this machine has no such pages.
u32 hugepages_height(const PageAllocator& memory, u64 bytes);
// "2M, 1G": those that this machine has.
std::string hugepages_sizes(const PageAllocator& memory);
// What the file, by its place in kHugepagesFiles, says.
u32 hugepages_count(const PageAllocator& memory, u32 file, u32 height);

std::vector<std::string> hugepages_paths(const PageAllocator& memory);
// "16\n"; nothing if the path is none of these.
std::optional<std::string> hugepages_file_text(const PageAllocator& memory, std::string_view path);

}  // namespace mmscope
