// The engine's buddy allocator and the naive one, side by side: each step is done by both, then everything that can be
// seen of them is compared.
//
// A script of steps does not name frames but earlier steps, so that it still means something when steps are left out
// of it: that is how a failing script gets short. A free of a step that is missing, or got nothing, does nothing.
#pragma once

#include <string>
#include <vector>

#include "base/prng.h"
#include "mm/page_alloc.h"
#include "naive_buddy.h"

namespace mmscope::test {

// Zones on a few thousand frames, in an architecture with its pageblock order.
struct Place {
    const char* name;
    Arch arch;
    std::vector<ZoneLayout> zones;
};
// 1. DMA of every PC; 2. an end in the middle of a pageblock; 3., 4. two zones that share a pageblock, with pageblocks
// of order 10 and 9.
std::vector<Place> model_places();

// boot: everything free and Movable. shattered: pageblocks of random types, one in eight HighAtomic, and every frame
// in use, in blocks of random orders.
enum class Start : u8 { boot, shattered };

struct Scene {
    const Place* place;
    const Profile* profile;
    Kernel kernel;  // of the model
    Start start;
    u64 seed;
};

struct Step {
    enum class Kind : u8 { alloc, free } kind;
    u8 zone;
    u8 order;
    Migratetype type;
    u32 id;  // alloc: this block's name from now on; free: the block's name. Names below first_id() are frames.
};

class Pair {
public:
    explicit Pair(const Scene& scene);

    // What differs after the step; empty if nothing does.
    std::string apply(const Step& step);

    struct Held {
        u32 id;
        u32 pfn;
        u32 order;
    };
    const std::vector<Held>& held() const { return held_; }  // in no particular order
    u32 held_pages() const { return held_pages_; }
    bool has_failed() const { return failed_; }  // the last allocation got nothing
    u32 zones() const { return model_.zones(); }
    u32 first_id() const { return memory_.frames().frames(); }
    const RuleCounts& used() const { return model_.used(); }

private:
    void start_at_boot(const Place& place);
    void start_shattered(const Place& place, u64 seed);
    void own(u32 pfn, Order order, Migratetype type);
    std::string alloc(const Step& step);
    void free(const Step& step);
    void hold(u32 id, u32 pfn, u32 order);
    std::string compare();

    PageAllocator memory_;
    NaiveBuddy model_;
    Trace nobody_;
    std::vector<Held> held_;
    std::vector<u32> index_;   // of a name in held_; kNowhere: not held
    std::vector<Pfn> blocks_;  // of one list, kept to save allocations
    u32 held_pages_ = 0;
    bool failed_ = false;
};

// The first difference of a script and the script up to there, in words; empty if there is none.
std::string replay(const Scene& scene, const std::vector<Step>& script);
// The same for the shortest script that still differs, found by leaving steps out.
std::string shortest_difference(const Scene& scene, std::vector<Step> script);

}  // namespace mmscope::test
