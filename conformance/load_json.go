package main

// jsonHelp names every field of the JSON forms; what stands in parentheses is
// said of the one before it. TestLoadJSON holds it.
const jsonHelp = `An open loop:

  target transport connections idle tick_us timeout_seconds deadline_seconds
  started (RFC 3339) stopped (before the last step was over)
  steps (by when requests were due):
    name begin_seconds seconds rate (due) sent_rate goodput
    latency_us lag_us (of the generator): p50 p90 p99 p99.9 p99.99 max
    due sent good in_time (good, within the deadline) wrong shed lost unsent
    outcomes (answers by what they say)
    priorities: priority (-1: none named) goodput due sent good in_time wrong
      shed lost unsent outcomes
    curve: percent us
  seconds (by when it happened):
    at_seconds (its end) step (from 0) rate sent_rate verdict_rate goodput
    shed_rate p50_us p99_us max_us lag_us
  broken (peers, and why first) breaks redials rejoins strays

A closed loop:

  target connections outstanding seconds checks rate latency_us outcomes strays

With --target and --echo:

  rounds: target echo (each as a closed loop's) ratio
  ratio (the median)
`
