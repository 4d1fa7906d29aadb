// Lock step with captures as somebody brings them: takes files, keeps those of one capture, and replays it in slices.
//
//   a page file of the capture module                calls, play/conform_module.h
//   a golden sample                                  events, play/conform.h
//   trace.txt and capmod-snaps.txt                   from snapshot to snapshot, play/conform_trace.h
//   trace.txt of the slab allocator                  its calls, play/conform_slab_trace.h; slab.tsv has its caches
//   slab.tsv, caches-KIND.tsv, ksize.txt             row by row, play/conform_slab.h
//   obj-SIZE.txt and obj-SIZE.stats.txt              object by object, play/conform_objects.h
//   layout.txt, uname.txt, zoneinfo beside one       which machine it was
//
// A trace of both is replayed both ways; without snapshots only its slab calls are. Files are known by what is in them and need not come together. What is not said is taken from the capture, and of the
// kernel, by whose rules calls are made, somebody may choose another. Nothing here touches a machine on show.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/module_capture.h"
#include "play/capture_machine.h"
#include "play/outcome.h"

namespace mmscope {

struct CaptureFile {
    std::string name;
    std::string text;
};

class LockStep {
public:
    enum class Part : u8 {
        none, golden, module_capture, snapshots, trace, layout, uname, zoneinfo, slab_rows, objects, object_states
    };
    static constexpr u32 kParts = 11;
    enum class State : u8 { empty, waiting, running, stopped, finished, failed };
    struct Machine {
        std::string kernel;                // "6.1.176", "6.12"; empty: nothing says
        const Profile* profile = nullptr;  // whose rules it runs by; null: unknown, and only a trace can do without
        bool is_shown = false;             // the kernel is what the capture's counters show, no more
        Arch arch = Arch::x86_64;
        u32 cpus = 1;
    };

    LockStep() = default;
    LockStep(const LockStep&) = delete;  // what replays points into the texts
    LockStep& operator=(const LockStep&) = delete;

    // The files of one drop, in any order; says of each what it is here. A file of a part that is there replaces it,
    // another capture replaces all. None: no part of a capture, or one capture too many; such a file is left alone, and
    // so are layout, uname and zoneinfo without a capture. As soon as nothing is missing the replay can run.
    std::vector<Part> take(std::vector<CaptureFile> files);
    void choose_kernel(std::string_view version);  // begins again, by this kernel's rules
    void restart();
    void stop();
    void forget();
    // A slice: at most `budget` events of a page trace or steps of a module capture; any other capture whole. True if
    // there is more.
    bool work(u32 budget);

    State state() const { return state_; }
    // golden, module_capture, trace, objects (one half of these two is enough), slab_rows; none.
    Part kind() const;
    // The trace is of the slab allocator, or of both and without snapshots.
    bool is_of_slabs_alone() const { return kind() == Part::trace && has_slab_calls_ && !has_page_events_; }
    const CaptureFile& file(Part part) const { return files_[static_cast<u32>(part)]; }
    bool has(Part part) const { return !file(part).text.empty(); }
    const Machine& machine() const { return machine_; }
    u64 bytes_read() const;                // of a trace while it runs; of any capture once it has
    u64 bytes_total() const { return file(kind()).text.size(); }
    const Message& missing() const { return missing_; }  // while it waits
    const Diagnostic& failure() const { return failure_; }
    Part failed_part() const { return failed_part_; }    // in which file
    const Outcome& outcome() const { return outcome_; }  // once it has finished

private:
    void begin();
    void begin_trace();
    void begin_module();
    void begin_objects();
    void begin_whole();
    void work_whole();
    void join_slab_calls(Outcome pages);
    bool joins(Part part, std::string_view text) const;
    void find_machine(const KernelDump* dump, std::span<const ZoneState> states);
    bool needs_kernel();
    void wait_for(Message message);
    void fail(Part part, Diagnostic diagnostic);
    void finish(Outcome outcome);
    std::string_view text(Part part) const { return file(part).text; }

    std::array<CaptureFile, kParts> files_;  // by part; without text: not there
    std::string chosen_kernel_;
    State state_ = State::empty;
    Machine machine_;
    Message missing_;
    Diagnostic failure_;
    Part failed_part_ = Part::none;
    Outcome outcome_;

    bool has_page_events_ = false;  // of a trace: to be replayed
    bool has_slab_calls_ = false;
    std::vector<KernelDump> dumps_;
    std::optional<TraceReplay> trace_replay_;
    std::optional<ModuleCapture> module_;
    std::optional<ModuleReplay> module_replay_;
};

}  // namespace mmscope
