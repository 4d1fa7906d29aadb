// slab_debug: what SLUB writes around and into objects so that it sees when somebody else does (mm/slub.c).
//
//   | left red zone | object        | right red zone | free pointer | who took, who gave | size | padding |
//   | bb free, cc   | 6b ... 6b a5  | bb free, cc    | (POISON)     | (STORE_USER)       |      | 5a      |
//   '-- size of the object's place ------------------------------------------------------------------------'
//
// Nothing of this is stored: a byte is what its place says, unless somebody wrote another into it, and only such bytes
// are kept. The checks run where the kernel's do, at alloc, at free, when a slab goes and when somebody validates, and
// only in caches with CONSISTENCY_CHECKS; what they find becomes a SlabBug, and is put right as the kernel does it.
// Left out: bytes of the tracks and of the size (they may be written and nothing comes of it), a free list that an
// overwritten pointer cuts before its object is taken, overwritten pointers without debugging.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mm/byte_runs.h"
#include "mm/slab_bug.h"
#include "mm/slab_state.h"

namespace mmscope {

// A slab as the checks see it. `links` are those of its objects.
struct CheckedSlab {
    const SlabCache& cache;
    const Slab& slab;
    const u16* links;
    u32 number = 0;

    u64 base() const { return u64{slab.pfn.value} << kPageShift; }
    u64 address(u32 object) const { return base() + u64{object} * cache.layout.size + cache.layout.red_left_pad; }
    // check_valid_pointer(): NULL, or an object of this slab.
    bool is_valid(u64 pointer) const;
};

// A stretch of an object's place. `filler` is what stands there if nobody writes: bb, cc, 6b, 5a; 0 where no byte is
// meant to (an object in use, tracks, a pointer). `overwritten`: bytes that are others where nobody may write.
struct PlacePart {
    enum class Kind : u8 { left_redzone, object, right_redzone, free_pointer, tracks, padding };
    static constexpr u32 kKinds = 6;
    Kind kind = Kind::object;
    u32 from = 0;  // bytes from where the place begins
    u32 to = 0;    // behind the last one
    u8 filler = 0;
    u32 overwritten = 0;
    u32 bytes() const { return to - from; }
};

class SlabDebug {
public:
    SlabDebug() = default;
    SlabDebug(const SlabProfile& profile, Arch arch)
        : profile_(profile), arch_(arch), pointer_(arch == Arch::x86_64 ? 8 : 4) {}

    // Now, for the ages in the reports.
    void set_now(u64 jiffies) { jiffies_ = jiffies; }

    void set_up(const CheckedSlab& slab);  // a new slab: all of its objects are free
    // It goes back to the page allocator; what free_slab() checks before that.
    void release(const CheckedSlab& slab);
    void note_taken(const CheckedSlab& slab, u32 object, u16 next);  // off the free list, with the pointer in it
    // init_object() and set_track(): the object changes hands.
    // `requested` counts for kmalloc's: of the object so many bytes were asked for.
    void note_alloc(const CheckedSlab& slab, u32 object, u32 requested, const ObjectTrack& track);
    void note_free(const CheckedSlab& slab, u32 object, const ObjectTrack& track);

    void write(u64 from, u64 to, u8 value) { written_.set(from, to, value); }
    u8 byte(const CheckedSlab& slab, u64 address) const;
    // The place of an object from its first byte to its last, also of a cache that nobody debugs; without a slab the one
    // of a free object that nobody wrote into.
    std::vector<PlacePart> parts(const SlabCache& cache) const;
    std::vector<PlacePart> parts(const CheckedSlab& slab, u32 object) const;
    // __OBJECT_POISON: a free object is 6b and ends with a5.
    static bool is_poisoned(const SlabCache& cache);
    // The bytes at the free pointer's place, as one word (mm/slab_freelist.h).
    u64 stored_word(const CheckedSlab& slab, u32 object) const;

    // alloc_consistency_checks(), free_consistency_checks(): false if the object cannot be taken or given back.
    bool check_alloc(const CheckedSlab& slab, u32 object);
    bool check_free(const CheckedSlab& slab, u64 address);
    void validate(const CheckedSlab& slab);  // validate_slab()
    // list_slab_objects(): a slab that keeps its cache from going.
    void report_remaining(const CheckedSlab& slab);
    void report_warning(SlabBug::Kind kind, const std::string& cache, const std::string& other, u64 pointer);
    void report_failure(SlabBug::Kind kind, u64 pointer, u32 gfp, u32 why);
    void report_left_over(const std::string& cache, u32 call);  // of kmem_cache_destroy()
    // print_tracking(): who had the object that the last bug is about, if its cache keeps that.
    void add_tracks(const CheckedSlab& slab, u32 object);
    void add_caches(u32 named, u32 own) { bugs_.back().named = named, bugs_.back().own = own; }

    std::vector<SlabBug> take_bugs() {
        taints_ = taints();
        return told_ = 0, std::exchange(bugs_, {});
    }
    const std::vector<SlabBug>& bugs() const { return bugs_; }
    // kernel_taint: with what `bugs` have added, and before.
    u32 taints() const {
        u32 taints = taints_;
        for (const SlabBug& bug : bugs_) taints |= taints_of(bug);
        return taints;
    }
    u32 taints_before() const { return taints_; }
    // The number of a bug that nobody has asked for yet; as many as there are if there is none.
    u32 next_untold() { return told_ < bugs_.size() ? told_++ : told_; }
    // All that later checks depend on, for a digest.
    template <class Use>
    void for_each_number(Use&& use) const {
        use(u64{taints()} | u64{said_} << 32);
        written_.for_each([&](u64 from, u64 to, u8 value) { use(from), use(to), use(value); });
        for (const std::vector<Record>& records : records_)
            for (const Record& of : records) {
                use(u64{of.requested} | u64{of.link} << 32 | u64{of.is_active} << 48);
                for (const ObjectTrack& track : {of.allocated, of.freed})
                    use(u64{track.call} | u64{track.cpu} << 32), use(track.jiffies), use(track.pid);
            }
    }
    u64 bytes() const;

private:
    struct Record {
        ObjectTrack allocated;
        ObjectTrack freed;
        u32 requested = 0;
        u16 link = kEndOfList;   // of a used object: the free pointer that it still has
        bool is_active = false;  // as the red zones say
    };

    const Record& record(const CheckedSlab& slab, u32 object) const { return records_[slab.number][object]; }
    u8 unwritten(const CheckedSlab& slab, u64 address) const;
    std::vector<PlacePart> lay_out(const SlabCache& cache, u32 object_bytes, bool is_active) const;
    u32 poisoned_bytes(const CheckedSlab& slab, const Record& of) const;
    u32 info_end(const SlabCache& cache) const;
    u64 stored_pointer(const CheckedSlab& slab, u32 object) const;
    void forget(const CheckedSlab& slab);
    void init_object(const CheckedSlab& slab, u32 object, bool is_active);

    bool check_object(const CheckedSlab& slab, u32 object, bool is_active);
    bool check_red_zones(const CheckedSlab& slab, u32 object, bool is_active);
    bool check_poison(const CheckedSlab& slab, u32 object);
    bool check_padding(const CheckedSlab& slab, u32 object);
    bool check_free_pointer(const CheckedSlab& slab, u32 object);
    bool check_bytes(const CheckedSlab& slab, u32 object, SlabBug::Zone zone, u64 from, u64 to, u8 expected);
    void check_slab_padding(const CheckedSlab& slab);

    SlabBug bug(SlabBug::Kind kind, const CheckedSlab& slab) const;
    SlabBug::Object shown(const CheckedSlab& slab, u32 object) const;
    void show(SlabBug* bug, const CheckedSlab& slab, u32 object) const;
    void add_section(SlabBug* bug, SlabBug::Section::Kind kind, const CheckedSlab& slab, u64 from, u64 to) const;

    SlabProfile profile_;
    Arch arch_ = Arch::x86_64;
    u32 pointer_ = 8;
    u64 jiffies_ = 0;
    ByteRuns written_;
    std::vector<std::vector<Record>> records_;  // by slab; empty of those that are not debugged
    std::vector<SlabBug> bugs_;
    u32 told_ = 0;                // of them, by next_untold()
    u32 taints_ = 0;
    u32 said_ = 0;                // bit k: a WARN_ONCE of SlabBug::Kind k has been said; of a cache, k + 16
    bool is_collecting_ = false;  // the last bug is about the object that is being checked (6.11)
};

}  // namespace mmscope
