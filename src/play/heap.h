// The kernel's own objects of a machine: its slab caches under the names that a script gave them, and kmalloc.
//
//   names   [ kmalloc-8 ] ... [ kmalloc-cg-8k ][ inode_cache ][ dentry ]     one for each kmem_cache_create
//                                                      '-> a cache of mm/slab, perhaps one that others were merged into
//
// A script's handle of a cache is the number of its name, so that one whose cache is gone is known as such. For each
// object the number of the command that got it is kept, which no kernel does. A machine boots with the caches of
// kmalloc, all empty. Left out: the other caches of a kernel that boots, kmem_cache and kmem_cache_node among them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/kmalloc.h"
#include "play/command.h"

namespace mmscope {

inline constexpr u32 kMostCacheNames = 4096;  // kmem_cache_create calls of a script, and kmalloc's caches

struct NamedCache {
    std::string name;
    CacheId cache;
    u32 object_size = 0;   // as asked for; of a merged cache it may be less than the cache's
    u32 call = 0;          // number of the command that created it; 0: boot
    u32 destroyed_by = 0;  // and of the one that destroyed it; 0: it is there
    bool exists() const { return destroyed_by == 0; }
};

// slab_debug=FZPU,kmalloc-128 on the kernel's command line: flags for all caches, or for those of a list of names.
struct SlabDebugOption {
    u32 flags = 0;  // slab_flag
    std::string names;
};
// The letters F, Z, P and U, or "-" for none, or nothing for all four; nothing for any other text.
std::optional<SlabDebugOption> read_slab_debug(std::string_view text);

class Heap {
public:
    // Of a kernel whose slab allocator is not modelled: none.
    Heap() = default;
    Heap(const PageAllocator& memory, u64 seed, const SlabDebugOption& debug);

    bool exists() const { return exists_; }
    bool is_fresh() const;  // nothing has happened to it since the machine booted
    const SlabAllocator& slab() const { return slab_; }
    const Kmalloc& kmalloc() const { return kmalloc_; }
    const std::vector<NamedCache>& names() const { return names_; }
    // The number of the name of a cache that is there; kMostCacheNames if there is none.
    u32 find(std::string_view name) const;
    // The command that got the object at this physical address; 0: nobody has it.
    u32 owner_of(ObjectAddress address) const;

    // Why a command cannot be carried out: misuse, for which the kernel would oops or spoil its lists. Empty if it can.
    Message fault(const Command& command, const PageAllocator& memory) const;
    // Carries it out; there is no fault.
    void apply(const Command& command, SlabCaller& caller, CommandResult* result);
    // The same for whoever only looks at an object: why there is none at this address.
    Message object_fault(ObjectAddress address, u32 handle_call, const PageAllocator& memory) const;
    Message cache_fault(u32 number) const;

    // All of the state, as SlabAllocator has it.
    struct Rest {
        SlabAllocator::Rest slab;
        Kmalloc::Rest kmalloc;
        std::vector<NamedCache> names;
        u64 bytes() const {
            return slab.caches.size() * sizeof(SlabCache) + slab.debug.bytes() + names.size() * sizeof(NamedCache);
        }
    };
    Rest rest() const { return {slab_.rest(), kmalloc_.rest(), names_}; }
    void set_rest(const Rest& rest);
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        SlabAllocator::for_each_array(self.slab_, use);
        Kmalloc::for_each_array(self.kmalloc_, use);
        use(self.calls_);
    }

    // Pages of a node that nr_slab_reclaimable or nr_slab_unreclaimable counts: of slabs and of large objects.
    u64 pages_on(u32 node, VmCounter counter, const PageAllocator& memory) const;

    // Empty, or a sentence. Costs a pass over all objects.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    Message alloc_fault(const AllocObject& alloc, const PageAllocator& memory) const;
    Message free_fault(const FreeObject& free, const PageAllocator& memory) const;
    bool is_checked(const FreeObject& free) const;
    void create(const CreateCache& create, u32 call, CommandResult* result);
    void change(const ChangeCache& change, SlabCaller& caller, CommandResult* result);
    void alloc(const AllocObject& alloc, SlabCaller& caller, CommandResult* result);
    void free(const FreeObject& free, SlabCaller& caller);
    void write(const WriteBytes& write);

    bool exists_ = false;
    SlabAllocator slab_;
    Kmalloc kmalloc_;
    std::vector<NamedCache> names_;
    std::vector<u32> calls_;  // by SlabAllocator::index_of
};

// A machine's heap, made when it is first wanted: what it begins as does not depend on when that is, and a machine that
// only gives pages carries none through its copies and keyframes.
class HeapSlot {
public:
    HeapSlot() = default;
    HeapSlot(const HeapSlot& other) : heap_(other.heap_ ? std::make_unique<Heap>(*other.heap_) : nullptr) {}
    HeapSlot(HeapSlot&&) noexcept = default;
    HeapSlot& operator=(HeapSlot other) noexcept {
        heap_ = std::move(other.heap_);
        return *this;
    }
    Heap& wanted(const PageAllocator& memory, u64 seed, const SlabDebugOption& debug) const {
        if (!heap_) heap_ = std::make_unique<Heap>(memory, seed, debug);
        return *heap_;
    }
    const Heap* made() const { return heap_.get(); }  // null: nobody wanted it yet
    void drop() { heap_.reset(); }

private:
    mutable std::unique_ptr<Heap> heap_;
};

// Whether a command is about caches and objects, or the bytes in them.
bool is_heap_command(const Command& command);

}  // namespace mmscope
