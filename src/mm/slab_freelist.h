// The free pointer of SLUB's objects: what a free one holds, to find the next (`set_freepointer`, mm/slub.c).
//
//   | object ...          | next free | ... |     plain      the next free object's address, NULL at the end
//   '- layout.pointer_offset ->'                 hardened   that ^ the cache's random ^ swab(address of this very word)
//
// CONFIG_SLAB_FREELIST_HARDENED keeps somebody who can write into a free object from choosing where the next one lies:
// without the random he cannot write a word that means an address of his (`freelist_ptr_encode`). The word's own address
// has its bytes swapped: two addresses of one slab would all but cancel each other out. Addresses given here are
// physical, as everywhere in mm/slab; the words are the kernel's, with its addresses in the direct map.
#pragma once

#include "mm/direct_map.h"
#include "mm/slab_state.h"

namespace mmscope {

// An unsigned long with its bytes in the other order.
constexpr u64 swab(u64 word, Arch arch) {
    return arch == Arch::x86_64 ? __builtin_bswap64(word) : __builtin_bswap32(static_cast<u32>(word));
}

// What is mixed into the word at `slot`; 0 in a cache that is not hardened.
constexpr u64 freepointer_mask(const SlabCache& cache, u64 slot, Arch arch) {
    return cache.is_hardened ? cache.random ^ swab(direct_map_base(arch) + slot, arch) : 0;
}

// The word at `slot` of an object after which the one at `next` is free; 0: none is.
constexpr u64 encode_freepointer(const SlabCache& cache, u64 slot, u64 next, Arch arch) {
    return (next == 0 ? 0 : direct_map_base(arch) + next) ^ freepointer_mask(cache, slot, arch);
}

// Which object such a word means; 0: none. Of a word that somebody wrote over, any number.
constexpr u64 decode_freepointer(const SlabCache& cache, u64 slot, u64 word, Arch arch) {
    const u64 pointer = word ^ freepointer_mask(cache, slot, arch);
    return pointer == 0 ? 0 : pointer - direct_map_base(arch);
}

}  // namespace mmscope
