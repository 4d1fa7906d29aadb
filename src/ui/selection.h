// What is selected and what the pointer is on: the one thing that every panel lights up.
//
// A thing is a frame, a free list, a CPU's list, a zone, a request of the table "Would it succeed?", a mapping (a file or an
// area of anonymous memory), a slab cache or one of its objects. Selections are remembered, so that Back and Forward
// walk through them; selecting something new forgets what was ahead. The hovered thing is found anew in every drawn
// frame.
#pragma once

#include <vector>

#include "base/types.h"
#include "mm/page.h"

namespace mmscope {

inline constexpr u32 kNoCache = ~0U;

struct Thing {
    enum class Kind : u8 { none, frame, list, zone, cpu_list, request, mapping, cache, object };
    Kind kind = Kind::none;
    Pfn pfn = kNoPfn;                         // frame; of an object the one that it begins in
    u8 zone = 0;                              // list, zone, cpu_list: position
    Order order;                              // list, request
    Migratetype type = Migratetype::movable;  // list
    u8 number = 0;                            // cpu_list: which of the fourteen; request: which row of kAskedFlags
    u32 cpu = 0;                              // cpu_list
    u32 mapping = 0;                          // mapping: its number in the machine's MappingTable
    u32 cache = 0;                            // cache, object: of the slab allocator
    u64 address = 0;                          // object: physical

    static Thing frame(Pfn pfn) { return {Kind::frame, pfn, 0, {}, Migratetype::movable}; }
    static Thing list(u8 zone, Order order, Migratetype type) { return {Kind::list, kNoPfn, zone, order, type}; }
    static Thing of_zone(u8 zone) { return {Kind::zone, kNoPfn, zone, {}, Migratetype::movable}; }
    static Thing cpu_list(u8 zone, u32 cpu, u8 number) {
        return {Kind::cpu_list, kNoPfn, zone, {}, Migratetype::movable, number, cpu};
    }
    static Thing request(u8 row, Order order) { return {Kind::request, kNoPfn, 0, order, Migratetype::movable, row}; }
    static Thing of_mapping(u32 number) {
        Thing thing;
        thing.kind = Kind::mapping;
        thing.mapping = number;
        return thing;
    }
    static Thing of_cache(u32 number) {
        Thing thing;
        thing.kind = Kind::cache;
        thing.cache = number;
        return thing;
    }
    static Thing of_object(u32 cache, u64 address) {
        Thing thing = of_cache(cache);
        thing.kind = Kind::object;
        thing.pfn = {static_cast<u32>(address >> kPageShift)};
        thing.address = address;
        return thing;
    }
    bool is(Kind wanted) const { return kind == wanted; }
    friend bool operator==(const Thing&, const Thing&) = default;
};

class Selection {
public:
    const Thing& selected() const { return selected_; }
    void select(const Thing& thing);
    void let_go() { selected_ = {}; }
    // A new machine: frame numbers and zones of the old one mean nothing.
    void forget();

    bool back();
    bool forward();

private:
    static constexpr size_t kMost = 64;
    Thing selected_;
    std::vector<Thing> walk_;  // ever selected, oldest first
    size_t place_ = 0;         // of the newest one not ahead, plus 1
};

// Hovering, with one frame's delay: panels drawn early see what panels drawn late found a frame ago.
class Hover {
public:
    const Thing& now() const { return now_; }
    void point_at(const Thing& thing) { next_ = thing; }
    // Ends a drawn frame. True if the hovered thing changed, so that another frame is wanted.
    bool settle();

private:
    Thing now_;
    Thing next_;
};

}  // namespace mmscope
