// One person's play: a script, its machine, and the way forward and back through its steps.
//
// A step is one command applied to the machine. Position n is the moment right before command n + 1 is
// applied: every statement up to there (expect, mark, note, assignments, turns of loops) has been executed.
// Nothing here blocks: a wish is stated (`run`, `seek`, `run_until...`) and `work` does a slice of it.
//
// Wishes end at positions, so `pause`, `break on` and a mark let the statements up to the next command happen.
// Only stop() and run_until_line() leave the script between two statements.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "play/snapshot.h"

namespace mmscope {

struct Mark {
    u32 step = 0;
    u32 line = 0;
    std::string label;
};

// A value of the script language as text and, where it is one, as a number.
struct ScriptValue {
    bool is_number = false;
    i64 number = 0;
    std::string text;  // "512", "true", "NULL", "page 0x8100", "DMA32"
};

// Past a bound the run stops with the line and the bound's name.
struct SessionLimits {
    u32 commands = 10'000'000;
    u32 items = 1'000'000;  // in all lists together: the handles that a script can hold
    u32 marks = 100'000;    // mark and note statements executed
#ifdef __EMSCRIPTEN__
    u64 history_bytes = u64{128} << 20;
#else
    u64 history_bytes = u64{256} << 20;
#endif
    u32 keyframe_interval = 8192;  // commands; more on a large machine
};

class Session {
public:
    explicit Session(const SessionLimits& limits = {});
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    // Parses and builds. On errors the running session stays as it was and the diagnostics come back;
    // on success the session stands at step 0.
    std::vector<Diagnostic> load(std::string_view source);
    const std::string& source() const;
    // The script up to here, to which a command can be appended: run, it comes to this step and no further. Nothing where
    // the script stands in a loop or in the middle of a statement.
    std::optional<std::string> source_so_far() const;

    void run();                        // to the end, a `pause` or what `break on` names
    void seek(u32 step);               // to a step, forward or back; beyond the end: to the end
    // To the next step at which `mark "label"` has been executed; there being none ahead, to the first one. A
    // label that no mark has: stays. Right after load() or seek(0), step 0 itself is ahead.
    void run_until_mark(std::string_view label);
    // To before the first statement on or after this line; from the start if the script is past it by now.
    void run_until_line(u32 line);
    void stop();                       // stays where it is
    // Called after each command that is applied, also where one is found again on the way back; it may only look.
    void on_command(std::function<void()> heard);
    // Does at most `budget` statements or turns of loops of the current wish. True if there is more to do.
    bool work(u32 budget);

    // Moments: the machine as it was inside the last command, right after one of its events. While one is looked at,
    // the snapshot, questions and texts are about it; every wish ends that. 0 events: there is no command to look into,
    // or the machine is too large for it (play/moments.h).
    u64 events() const;
    void look_at(u64 event);  // 1 .. events(); anything else: after the command
    // What one sentence of the narration is about: an event of the last command, from 1; 0: the command as a whole.
    struct Told {
        u64 event = 0;
        Message sentence;
    };
    std::vector<Told> told(u32 most) const;

    Snapshot snapshot() const;
    // The error at which the run stopped (failed expect, misuse, bound), if it did.
    const std::optional<Diagnostic>& failure() const;
    const std::vector<Mark>& marks() const;    // reached so far, also those ahead of a step gone back to
    const std::vector<Mark>& notes() const;
    u64 state_hash() const;                    // machine and script position

    // The sentences alone, in order (play/narration). At most `most`.
    std::vector<Message> narration(u32 most) const;
    // A pure expression over the machine and the script's variables, here and now.
    Result<ScriptValue> evaluate(std::string_view expression) const;
    // Files of /proc as the kernel prints them (play/proc_text.h has the names); nothing for an unknown one. What it
    // logged about the last command is play/failure_report's, and the tools' output play/terminal's.
    std::optional<std::string> proc_text(std::string_view name) const;
    // What the import is and where it departs from the capture (synthetic placement, rules of 6.12 for 7.2 ...).
    std::vector<Message> machine_notes() const;

    // Where the last command ran; nothing before the first one.
    std::optional<u32> last_cpu() const;

    u64 history_bytes() const;                 // keyframes, all in

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mmscope
