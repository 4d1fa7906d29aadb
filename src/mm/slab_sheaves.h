// Sheaves and barns: what 7.2 has in place of CPU slabs (struct slab_sheaf, slub_percpu_sheaves, node_barn; mm/slub.c).
//
//   each CPU    main   [ o o o o o . . ]   objects are taken from its end and put there
//               spare  [ . . . . . . . ]   changes places with main when that is empty, or full
//   each node   barn   up to ten full sheaves, up to ten empty ones
//
// A sheaf is an array of objects of one cache that are free and yet out of their slabs: to a slab they are in use.
// Sheaves have numbers; one that holds nothing and is in no CPU and no barn is used again. Left out: the memory of the
// sheaves themselves, which the kernel takes from kmalloc, and sheaves on their way through RCU.
#pragma once

#include <vector>

#include "base/types.h"

namespace mmscope {

inline constexpr u32 kNoSheaf = 0xffffffffU;
inline constexpr u32 kMostFullSheaves = 10;  // MAX_FULL_SHEAVES of a barn

struct CpuSheaves {
    u32 main = kNoSheaf;  // none until the CPU first uses the cache
    u32 spare = kNoSheaf;
};

// Numbers of sheaves, the one given next last.
struct Barn {
    u32 full[kMostFullSheaves] = {};
    u32 empty[kMostFullSheaves] = {};  // each came for a full one
    u8 nr_full = 0;
    u8 nr_empty = 0;
    u16 padding = 0;  // named, so that equal barns are equal bytes
};

// All sheaves of all caches; the objects' addresses stand in one array.
class SheafPool {
public:
    u32 take(u32 capacity) {
        for (u32 at = 0; at < free_.size(); ++at) {
            const u32 number = free_[at];
            if (sheaves_[number].capacity != capacity) continue;
            free_[at] = free_.back();
            free_.pop_back();
            return number;
        }
        sheaves_.push_back({static_cast<u32>(objects_.size()), static_cast<u16>(capacity), 0});
        objects_.resize(objects_.size() + capacity);
        return static_cast<u32>(sheaves_.size()) - 1;
    }
    void release(u32 sheaf) { free_.push_back(sheaf); }  // it is empty

    u32 size(u32 sheaf) const { return sheaves_[sheaf].size; }
    bool is_full(u32 sheaf) const { return sheaves_[sheaf].size == sheaves_[sheaf].capacity; }
    u64 object(u32 sheaf, u32 at) const { return objects_[sheaves_[sheaf].first + at]; }
    void push(u32 sheaf, u64 address) {
        Sheaf& one = sheaves_[sheaf];
        objects_[one.first + one.size++] = address;
    }
    u64 pop(u32 sheaf) {
        Sheaf& one = sheaves_[sheaf];
        return objects_[one.first + --one.size];
    }
    u64 bytes() const {
        return sheaves_.size() * sizeof(Sheaf) + objects_.size() * sizeof(u64) + free_.size() * sizeof(u32);
    }

    // Its arrays, for who saves it (SlabAllocator::for_each_array).
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        use(self.sheaves_);
        use(self.objects_);
        use(self.free_);
    }

private:
    struct Sheaf {
        u32 first;
        u16 capacity;
        u16 size;
    };
    std::vector<Sheaf> sheaves_;
    std::vector<u64> objects_;
    std::vector<u32> free_;
};

}  // namespace mmscope
