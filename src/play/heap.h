// The kernel's own objects of a machine, in SLUB or, on 2.6, in the classic SLAB: its slab caches under the names that
// a script gave them, kmalloc, and the addresses that vmalloc and kmap give.
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
#include "mm/kmap.h"
#include "mm/slab_classic.h"
#include "play/command.h"

namespace mmscope {

inline constexpr u32 kMostCacheNames = 4096;  // kmem_cache_create calls of a script, and kmalloc's caches

struct ImportedCache;

struct NamedCache {
    std::string name;
    CacheId cache;
    u32 object_size = 0;   // as asked for; of a merged cache it may be less than the cache's
    u32 call = 0;          // number of the command that created it; 0: boot
    u32 destroyed_by = 0;  // and of the one that destroyed it; 0: it is there
    std::string ctor = {}; // as the creator called it; empty: none
    bool is_imported = false;
    bool is_missing = false;  // in an imported slabinfo: a cache of kmalloc's that is not listed until it has a slab
    bool exists() const { return destroyed_by == 0; }
};

// slab_debug=FZPU,kmalloc-128 on the kernel's command line: flags for all caches, or for those of a list of names.
struct SlabDebugOption {
    u32 flags = 0;  // slab_flag
    std::string names;
};
// The letters F, Z, P and U, or "-" for none, or nothing for all four; nothing for any other text.
std::optional<SlabDebugOption> read_slab_debug(std::string_view text);

// What a machine says of its heap.
struct HeapSpec {
    u64 seed = 1;
    SlabDebugOption debug;
    FreelistOrder order = FreelistOrder::plain;
    FreelistPointers pointers = FreelistPointers::plain;
};

class Heap {
public:
    Heap() = default;
    Heap(const Heap& other);  // as of Machine
    Heap(Heap&& other) noexcept;
    Heap& operator=(const Heap& other);
    Heap& operator=(Heap&& other) noexcept;
    ~Heap();
    Heap(const PageAllocator& memory, const HeapSpec& spec);

    bool has_slub() const { return has_slub_; }  // then slab() and kmalloc() have something, else classic()
    bool is_fresh() const;  // nothing has happened to it since the machine booted
    // A machine that ran before the script: its caches as imported, the newest first, with their placed slabs.
    void adopt(const std::vector<ImportedCache>& caches, u64 seed, PageAllocator& memory);
    const ClassicSlabAllocator& classic() const { return classic_; }
    const SlabAllocator& slab() const { return slab_; }
    const Kmalloc& kmalloc() const { return kmalloc_; }
    const Vmalloc& vmalloc() const { return vmalloc_; }
    const Kmap& kmap() const { return kmap_; }
    // The frame behind an address of the vmalloc area or of kmap's slots; kNoPfn: nothing is mapped there.
    Pfn mapped_frame(u64 address, const PageAllocator& memory) const;
    const std::vector<NamedCache>& names() const { return names_; }
    // On the kernel's list of caches. One that kmem_cache_destroy() left over may be there and not listed (6.12).
    bool is_listed(const NamedCache& name) const {
        return name.exists() && (!has_slub_ || slab_.cache(name.cache).is_listed());
    }
    // The number of the name of a listed cache; kMostCacheNames if there is none.
    u32 find(std::string_view name) const;
    // What both allocators can say. A cache that is gone keeps its name.
    std::string_view cache_name(CacheId cache) const;
    struct Shape {
        u32 object_size = 0;  // bytes, as asked for
        u32 size = 0;         // of its place
        u32 objects = 0;      // of a slab
        Order order;
    };
    Shape shape(CacheId cache) const;
    CacheId cache_of(ObjectAddress address) const;  // none if it lies in no slab
    CacheCounters counters(CacheId cache) const;    // of the classic SLAB the slabs and the first three of objects
    u64 ksize(ObjectAddress address) const;
    u64 most_kmalloc() const { return has_slub_ ? kKmallocMaxSize : kClassicKmallocMaxSize; }
    // So many seconds after boot: the classic SLAB's cache_reap() of every CPU.
    void reap(u64 seconds, PageAllocator& memory, Trace& trace);
    // The command that got the object at this physical address; 0: nobody has it.
    u32 owner_of(ObjectAddress address) const;

    // Why a command of this CPU's cannot be carried out: misuse, for which the kernel would oops or spoil its lists.
    // Empty if it can.
    Message fault(const Command& command, u32 cpu, const PageAllocator& memory) const;
    // Carries it out; there is no fault.
    void apply(const Command& command, SlabCaller& caller, CommandResult* result);
    void forget_bugs() { slab_.take_bugs(); }  // another command comes, which is none for a heap
    // The same for whoever only looks at an object: why there is none at this address.
    Message object_fault(ObjectAddress address, u32 handle_call, const PageAllocator& memory) const;
    Message cache_fault(u32 number) const;

    // All of the state, as SlabAllocator has it.
    struct Rest {
        SlabAllocator::Rest slab;
        Kmalloc::Rest kmalloc;
        std::vector<ClassicCache> classic;
        std::vector<NamedCache> names;
        Vmalloc::Rest vmalloc;
        u32 last_kmap = 0;
        u64 bytes() const {
            return classic_bytes() + slab.caches.size() * sizeof(SlabCache) + slab.debug.bytes() +
                   names.size() * sizeof(NamedCache);
        }
        u64 classic_bytes() const;
    };
    Rest rest() const { return {slab_.rest(), kmalloc_.rest(), classic_.caches(), names_, vmalloc_.rest(), kmap_.last()}; }
    void set_rest(const Rest& rest);
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        SlabAllocator::for_each_array(self.slab_, use);
        Kmalloc::for_each_array(self.kmalloc_, use);
        ClassicSlabAllocator::for_each_array(self.classic_, use);
        Vmalloc::for_each_array(self.vmalloc_, use);
        Kmap::for_each_array(self.kmap_, use);
        use(self.calls_);
    }

    // Pages of a node that nr_slab_reclaimable or nr_slab_unreclaimable counts: of slabs and of large objects.
    u64 pages_on(u32 node, VmCounter counter, const PageAllocator& memory) const;

    // Empty, or a sentence. Costs a pass over all objects.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    Message alloc_fault(const AllocObject& alloc, const PageAllocator& memory) const;
    Message free_fault(const FreeObject& free, u32 cpu, const PageAllocator& memory) const;
    void say_what_hardening_sees(ObjectAddress address, u32 cpu, const PageAllocator& memory, Message* fault) const;
    bool is_checked(const FreeObject& free) const;
    ObjectFault free_fault(ObjectAddress address) const;
    CacheId adopt_slub(const ImportedCache& cache, Prng& prng, PageAllocator& memory);
    CacheId adopt_classic(const ImportedCache& cache, Prng& prng);
    u32 index_of(ObjectAddress address) const;  // for calls_; kNoSlab if no object is there
    u32 boot_caches() const;                    // kmalloc's
    bool is_kmallocs(const NamedCache& cache) const;  // a general cache, which is there from boot on
    bool is_refused_name(std::string_view name) const;
    bool is_possible(const CreateCache& create, const PageAllocator& memory) const;
    ObjectAddress alloc_classic(const AllocObject& alloc, SlabCaller& caller);
    ObjectAddress kmalloc_classic(u64 size, Gfp mask, SlabCaller& caller);
    void create(const CreateCache& create, u32 call, CommandResult* result);
    void change(const ChangeCache& change, SlabCaller& caller, CommandResult* result);
    void alloc(const AllocObject& alloc, SlabCaller& caller, CommandResult* result);
    void free(const FreeObject& free, SlabCaller& caller, CommandResult* result);
    void free_page(ObjectAddress address, SlabCaller& caller, CommandResult* result);
    void write(const WriteBytes& write, const PageAllocator& memory);
    Message mapping_fault(const KernelMapping& mapping, const PageAllocator& memory) const;
    MMSCOPE_LATER void map_kernel(const KernelMapping& mapping, SlabCaller& caller, CommandResult* result);
    void kvmalloc(const KernelMapping& mapping, SlabCaller& caller, CommandResult* result);
    void alloc_area(const KernelMapping& mapping, const Vmalloc::Caller& caller, CommandResult* result);

    bool has_slub_ = false;
    SlabAllocator slab_;
    Kmalloc kmalloc_;
    ClassicSlabAllocator classic_;
    Vmalloc vmalloc_;
    Kmap kmap_;
    std::vector<NamedCache> names_;
    std::vector<u32> calls_;  // by index_of
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
    Heap& wanted(const PageAllocator& memory, const HeapSpec& spec) const {
        if (!heap_) heap_ = std::make_unique<Heap>(memory, spec);
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
