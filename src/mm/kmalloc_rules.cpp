// The sizes of kmalloc and the caches behind them (mm/slab_rules.h).
#include <bit>
#include <cassert>

#include "mm/slab_rules.h"

namespace mmscope {

namespace {

constexpr std::string_view kPrefixes[kKmallocTypes] = {"kmalloc-", "dma-kmalloc-", "kmalloc-rcl-", "kmalloc-cg-"};
constexpr u32 kTypeFlags[kKmallocTypes] = {0, slab_flag::kCacheDma, slab_flag::kReclaimAccount, slab_flag::kAccount};

// The kernel's own caches, by name. Those of inodes have a constructor (inode_init_once); they are told by their name.
struct HiddenTraits {
    std::string_view name;
    u16 first_version;  // of the kernel in which it is so
    enum class Trait : u8 { ctor, cache_lines, pointer_inside, no_sheaves, sheaf_of_32 } trait;
};
constexpr HiddenTraits kHiddenTraits[] = {
    {"anon_vma", 0, HiddenTraits::Trait::ctor},
    {"bdev_cache", 0, HiddenTraits::Trait::ctor},
    {"dax_cache", 0, HiddenTraits::Trait::ctor},
    {"fuse_inode", 0, HiddenTraits::Trait::ctor},
    {"iint_cache", 0, HiddenTraits::Trait::ctor},
    {"ima_iint_cache", 0, HiddenTraits::Trait::ctor},
    {"radix_tree_node", 0, HiddenTraits::Trait::ctor},
    {"sighand_cache", 0, HiddenTraits::Trait::ctor},
    {"userfaultfd_ctx_cache", 0, HiddenTraits::Trait::ctor},
    {"cred_jar", 0, HiddenTraits::Trait::cache_lines},
    {"files_cache", 0, HiddenTraits::Trait::cache_lines},
    {"filp", 0, HiddenTraits::Trait::cache_lines},
    {"mm_struct", 0, HiddenTraits::Trait::cache_lines},
    {"mnt_cache", 0, HiddenTraits::Trait::cache_lines},
    {"names_cache", 0, HiddenTraits::Trait::cache_lines},
    {"pid", 0, HiddenTraits::Trait::cache_lines},
    {"sighand_cache", 0, HiddenTraits::Trait::cache_lines},
    {"signal_cache", 0, HiddenTraits::Trait::cache_lines},
    {"skbuff_fclone_cache", 0, HiddenTraits::Trait::cache_lines},
    {"skbuff_head_cache", 0, HiddenTraits::Trait::cache_lines},
    {"task_struct", 0, HiddenTraits::Trait::cache_lines},
    {"filp", 0x060c, HiddenTraits::Trait::pointer_inside},
    {"TCP", 0x0702, HiddenTraits::Trait::pointer_inside},
    {"TCPv6", 0x0702, HiddenTraits::Trait::pointer_inside},
    {"vm_area_struct", 0x0702, HiddenTraits::Trait::pointer_inside},
    {"kmem_cache", 0, HiddenTraits::Trait::no_sheaves},
    {"kmem_cache_node", 0, HiddenTraits::Trait::no_sheaves},
    {"maple_node", 0, HiddenTraits::Trait::sheaf_of_32},
    {"vm_area_struct", 0, HiddenTraits::Trait::sheaf_of_32},
};

// "96", "1k": since 4.20 a class of whole KiB is named by them.
std::string class_name(u32 size) { return size >= 1024 ? std::to_string(size / 1024) + "k" : std::to_string(size); }

}  // namespace

Order kmalloc_large_order(u32 size) {
    assert(size > kKmallocMaxCacheSize && size <= kKmallocMaxSize);
    return {static_cast<u8>(std::bit_width((size - 1) >> kPageShift))};
}

u64 kmalloc_ksize(u64 size) {
    if (size == 0 || size > kKmallocMaxSize) return 0;
    const u32 bytes = static_cast<u32>(size);
    return bytes <= kKmallocMaxCacheSize ? kKmallocSizes[kmalloc_class(bytes)]
                                         : u64{kmalloc_large_order(bytes).frames()} * kPageSize;
}

std::string kmalloc_cache_name(KmallocType type, u32 of_class) {
    return std::string(kPrefixes[static_cast<u32>(type)]) + class_name(kKmallocSizes[of_class]);
}

CacheSpec kmalloc_cache_spec(KmallocType type, u32 of_class, const Profile& profile) {
    const u32 size = kKmallocSizes[of_class];
    const bool is_aligned =
        std::has_single_bit(size) || profile.slab.kmalloc_alignment == SlabProfile::KmallocAlignment::largest_divisor;
    CacheSpec spec;
    spec.object_size = size;
    spec.align = is_aligned ? size & (~size + 1) : 0;
    spec.flags = kTypeFlags[static_cast<u32>(type)] | slab_flag::kKmalloc;
    spec.has_usercopy = true;  // the whole object
    return spec;
}

std::optional<KmallocCache> kmalloc_cache_of(std::string_view name) {
    for (u32 type = 0; type < kKmallocTypes; ++type)
        for (u32 of_class = 0; of_class < kKmallocClasses; ++of_class)
            if (kmalloc_cache_name(static_cast<KmallocType>(type), of_class) == name)
                return KmallocCache{static_cast<KmallocType>(type), of_class};
    return std::nullopt;
}

void add_hidden_traits(std::string_view name, const Profile& profile, CacheSpec* spec) {
    if (name.ends_with("inode_cache") && name != "lsm_inode_cache") spec->has_ctor = true;
    for (const HiddenTraits& traits : kHiddenTraits) {
        if (traits.name != name || traits.first_version > profile.version) continue;
        switch (traits.trait) {
            case HiddenTraits::Trait::ctor:
                spec->has_ctor = true;
                break;
            case HiddenTraits::Trait::cache_lines:
                spec->flags |= slab_flag::kHwcacheAlign;
                break;
            case HiddenTraits::Trait::pointer_inside:
                spec->pointer = CacheSpec::Pointer::inside;
                break;
            case HiddenTraits::Trait::no_sheaves:
                spec->has_sheaves = false;
                break;
            case HiddenTraits::Trait::sheaf_of_32:
                spec->sheaf_capacity = 32;
                break;
        }
    }
}

}  // namespace mmscope
