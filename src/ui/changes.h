// What the last command changed, for the eye: blocks that shrank or grew, and lists whose length changed.
//
// A split is shown as a block closing to the part that was given; a merge as a block opening to what it became.
// Both come from the trace of the last command. List lengths are compared with those of the last step at which the
// machine was seen at rest: a run shows what it has changed since it began, however many of its steps were drawn.
// Changes have an age from 0 to 1 over `kLifetime`; at 1 they stand still as a quiet mark until the
// next command. With reduced motion they are born at 1.
#pragma once

#include <vector>

#include "play/snapshot.h"

namespace mmscope {

enum class Motion : u8 { full, reduced };

struct BlockChange {
    enum class Kind : u8 { given, returned };
    Kind kind = Kind::given;
    Pfn from;
    Order from_order;
    Pfn to;
    Order to_order;
};

class Changes {
public:
    static constexpr double kLifetime = 280;  // milliseconds
    static constexpr u32 kMost = 256;         // blocks shown of one command

    // Looks at a snapshot. True if it is of another step or machine than the last one.
    bool observe(const Snapshot& snapshot, double now, Motion motion);
    void forget() { *this = Changes(); }

    const std::vector<BlockChange>& blocks() const { return blocks_; }
    // By how much the list grew; 0 for lists that did not change.
    i64 of_list(u8 zone, Order order, Migratetype type) const;
    bool touched(u8 zone) const;

    double age(double now) const;  // 0..1
    bool is_moving(double now) const { return has_changed() && age(now) < 1; }

private:
    struct Lists {
        u32 count[kNrPageOrders][kMigratetypes];
    };
    bool has_changed() const { return !blocks_.empty() || !before_.empty(); }
    void read_trace(const Trace& trace);
    static std::vector<Lists> lists_of(const Snapshot& snapshot);

    u64 generation_ = ~u64{0};
    u32 step_ = ~0U;
    double born_ = 0;
    Motion motion_ = Motion::full;
    std::vector<BlockChange> blocks_;
    std::vector<Lists> shown_;   // by zone position, as of the newest snapshot
    std::vector<Lists> before_;  // as of the last rest before that; empty: nothing to compare with
    bool was_at_rest_ = false;   // when the newest snapshot was seen
};

}  // namespace mmscope
