// Compaction's two scanners for the eye: where they went in the last command, and which pages it moved.
//
//     [ swept by the migration scanner  ][M >          not looked into          < F][ swept by the free scanner ]
//
// Read from the trace of the last command: its places are replayed over `kLifetime` and then stand at the end. A
// command that compacted nothing leaves what the zones remember (Zone::compaction), as faint marks. The trace keeps a
// command's last events (play/session.cpp): of a very long one the beginning is missing. With reduced motion all stands
// at the end at once.
#pragma once

#include <vector>

#include "play/snapshot.h"
#include "ui/changes.h"

namespace mmscope {

class Scanners {
public:
    static constexpr double kLifetime = 1500;  // milliseconds
    static constexpr u32 kMostMoves = 1024;    // pages shown of one command

    // Where both scanners of a zone are; kNoPfn: not known.
    struct Place {
        u8 zone = 0;
        Pfn migrate = kNoPfn;
        Pfn free = kNoPfn;
        bool is_remembered = false;  // from before the last command
    };
    // What one step looked at: frames first .. end - 1.
    struct Sweep {
        bool is_of_free_scanner = false;
        u32 first = 0;
        u32 end = 0;
    };
    struct Move {
        Pfn from;
        Pfn to;
        u32 step = 0;  // of the steps before it
    };

    // Looks at a snapshot, and reads its trace if it is of another step than the last one.
    void observe(const Snapshot& snapshot, double now, Motion motion);
    void forget() { *this = Scanners(); }

    bool has_run() const { return !steps_.empty(); }
    bool is_moving(double now) const { return has_run() && shown_steps(now) < steps_.size(); }
    // One entry for each zone where there is something to show.
    std::vector<Place> places(double now) const;
    std::vector<Sweep> sweeps(double now) const;
    // Pages moved so far, in order; at the end all that are shown of the command.
    std::vector<Move> moves(double now) const;
    u64 moved() const { return moved_; }  // by the whole command
    const Move* move_of(Pfn pfn) const;   // that the frame was the source or the target of; null: none

private:
    struct Step {
        Place place;
        Sweep sweep;
    };
    size_t shown_steps(double now) const;
    void read_trace(const Trace& trace, Order pageblock);
    void remember(const PageAllocator& memory);

    u64 generation_ = ~u64{0};
    u32 step_ = ~0U;
    double born_ = 0;
    Motion motion_ = Motion::full;
    std::vector<Step> steps_;
    std::vector<Move> moves_;
    std::vector<Place> remembered_;
    u64 moved_ = 0;
};

}  // namespace mmscope
