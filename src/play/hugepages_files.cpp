#include "play/hugepages_files.h"

#include "mm/hugetlb.h"

namespace mmscope {

namespace {

std::string path_of(const PageAllocator& memory, u32 file, u32 height) {
    return std::string(kHugepagesFolder) + "hugepages-" + std::to_string(hugepages_bytes(memory, height) >> 10) +
           "kB/" + std::string(kHugepagesFiles[file]);
}

// Calls use(file, height) for every file.
template <class Use>
void for_each_file(const PageAllocator& memory, Use use) {
    for (u32 height = 1; height <= kHugePageSizes; ++height)
        for (u32 file = 0; file < kHugepagesFileCount && Hugetlb::has_size(memory, height); ++file) use(file, height);
}

}  // namespace

u64 hugepages_bytes(const PageAllocator& memory, u32 height) {
    return u64{huge_frames(memory.arch(), height)} * kPageSize;
}

u32 hugepages_height(const PageAllocator& memory, u64 bytes) {
    for (u32 height = 1; height <= kHugePageSizes; ++height)
        if (Hugetlb::has_size(memory, height) && hugepages_bytes(memory, height) == bytes) return height;
    return 0;
}

std::string hugepages_sizes(const PageAllocator& memory) {
    const std::string usual = memory.arch() == Arch::x86_32 ? "4M" : "2M";
    return Hugetlb::has_size(memory, 2) ? usual + ", 1G" : usual;
}

u32 hugepages_count(const PageAllocator& memory, u32 file, u32 height) {
    const HugetlbPool& pool = memory.processes().hugetlb.pool(height);
    const u32 counts[kHugepagesFileCount] = {pool.total(), pool.unused(), pool.reserved, pool.surplus};
    return counts[file];
}

std::vector<std::string> hugepages_paths(const PageAllocator& memory) {
    std::vector<std::string> paths;
    for_each_file(memory, [&](u32 file, u32 height) { paths.push_back(path_of(memory, file, height)); });
    return paths;
}

std::optional<std::string> hugepages_file_text(const PageAllocator& memory, std::string_view path) {
    std::optional<std::string> text;
    for_each_file(memory, [&](u32 file, u32 height) {
        if (path == path_of(memory, file, height)) text = std::to_string(hugepages_count(memory, file, height)) + '\n';
    });
    return text;
}

}  // namespace mmscope
