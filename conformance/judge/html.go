package judge

import (
	"html/template"
	"io"
)

// page is made on demand: a run that writes no HTML needs none.
func page() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{
		"text": func(f *Failure) string { return f.text() },
		"class": func(x Result) string {
			if x.Excuse != "" && x.Outcome != Passed && x.Outcome != NotRun {
				return "expected"
			}
			return map[Outcome]string{Passed: "passed", Failed: "failed", Warned: "warned", NotRun: "notrun"}[x.Outcome]
		},
	}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>S13 conformance of {{.Target}}</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #ddd }
pre { overflow-x: auto; background: #f6f6f6; padding: .6em; font-size: 12px }
.passed td:first-child { color: #176f2c } .failed td:first-child { color: #b00020; font-weight: bold }
.warned td:first-child { color: #9a5b00 } .expected td:first-child, .notrun td:first-child { color: #666 }
</style>
<h1>S13 conformance of {{.Target}}</h1>
<p>{{.Host}} of {{.Realm}}, over {{.Transport}}{{if .Strict}}, strict{{end}}:
{{with .Counts}}{{.Cases}} cases, {{.Passed}} passed, {{.Failed}} failed, {{.Warned}} warned, {{.Expected}} expected failures, {{.NotRun}} not run{{end}}.</p>
<table><tr><th>outcome<th>case<th>requirement</tr>
{{range .Results}}<tr class="{{class .}}"><td>{{if .Excuse}}{{if eq .Outcome "passed"}}passed, expected to fail{{else}}expected: {{.Outcome}}{{end}}{{else}}{{.Outcome}}{{end}}<td><code>{{.ID}}</code><td>{{.Level}}: {{.Text}}
{{- with .Why}}<br>{{.}}{{end}}{{with .Excuse}}<br>{{.}}{{end}}
{{- with .Failure}}<details><summary>what came</summary><pre>{{text .}}</pre></details>{{end}}</tr>
{{end}}</table></html>
`))
}

// HTML writes the report as one page without anything from elsewhere.
func (r *Report) HTML(w io.Writer) error { return page().Execute(w, r) }
