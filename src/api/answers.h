// The structured answers of the engine, as JSON text of the shapes that web/src/engine.ts declares.
#pragma once

#include <string>
#include <string_view>

#include "play/running_command.h"
#include "play/session.h"

namespace mmscope::answers {

std::string diagnostics(const std::vector<Diagnostic>& list, std::string_view source);
std::string messages(const std::vector<Message>& list);
// The event that each sentence of the narration is about, as Session::Told has it.
std::string told_events(const std::vector<Session::Told>& told);
std::string status(const Session& session);
std::string zones(const Snapshot& snapshot);
// What lies on the per-CPU lists: one entry for each populated zone and CPU.
std::string cpu_lists(const Snapshot& snapshot);
// The table "Would it succeed?" for a caller on this CPU: one row for each of the usual flags.
std::string prospects(const Snapshot& snapshot, u32 cpu);
// One request in sentences, or why there is no such request.
std::string ask(const Snapshot& snapshot, std::string_view gfp, i64 order, i64 cpu);
// What reclaim and compaction have to work with, and what the last command made them do.
std::string reclaim(const Snapshot& snapshot);
// The terms of MemAvailable, in pages, and their sum as /proc/meminfo has it.
std::string mem_available(const Snapshot& snapshot);
// The slab caches, those with most pages first; the first slabs of one, with a letter for each object; and what lies
// before them: arrays and sheaves.
inline constexpr u32 kMostSlabRows = 200;
std::string slab_caches(const Snapshot& snapshot);
std::string slabs(const Snapshot& snapshot, u32 cache);
std::string slab_queues(const Snapshot& snapshot, u32 cache);
// Processes with their areas; and the walk of one's page tables to an address, as lines.
std::string processes(const Snapshot& snapshot);
std::string walk(const Snapshot& snapshot, u32 pid, std::string_view address);
std::string frame(const Snapshot& snapshot, double pfn);
// A command line of the terminal: {"text":...} or {"error":message}; the same of one that may go on as time passes, and
// whether it does; and what a line's last word could become.
std::string terminal(const Snapshot& snapshot, std::string_view line);
std::string command(const Result<std::string, Message>& printed, const RunningCommand& running);
std::string completions(std::string_view line);
std::string evaluation(const Session& session, std::string_view expression);
// What a paste is made of, and the first thing that is wrong with one of its /proc files.
std::string recognised(std::string_view text);
// A script that starts from this paste: `machine from text` with the text in it.
std::string import_script(std::string_view text);
std::string call_names();

}  // namespace mmscope::answers
