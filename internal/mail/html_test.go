package mail

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func noPicture(string) string { return "" }

// dangers is HTML that has made some sanitiser or page run a script, load from
// another server, or send a request of htmx.
var dangers = []string{
	`<script>alert(1)</script>`, `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`, `<scr<script>ipt>alert(1)</script>`,
	`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`, `<svg><a xlink:href="javascript:alert(1)"><text>x`,
	`<svg><use href="data:image/svg+xml;base64,PHN2Zz4=">`, `<svg><style><img src=x onerror=alert(1)></style></svg>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<noscript><img src="https://evil.example/a.png"></noscript>`,
	`<base href="https://evil.example/">`, `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
	`<form action="https://evil.example/"><input name=password><button formaction="javascript:alert(1)">x</button></form>`,
	`<body background="https://evil.example/b.png" onload=alert(1)>`, `<table background="https://evil.example/b.png"><tr><td background="https://evil.example/c.png">x</table>`,
	`<div style="background:url(https://evil.example/x)">x</div>`, `<div style="background-color:var(--x, url(https://evil.example/x))">x</div>`,
	`<div style="background:url(https://evil.example/x">unclosed</div>`, `<div style="width:expression(alert(1))">x</div>`,
	`<div style="background-image:\75\72\6c(https://evil.example/x)">x</div>`, `<style>@import "https://evil.example/x.css"; body{background:url(https://evil.example/y)}</style>`,
	`<p style="font-family:'x';background:url(//evil.example/z)">x</p>`, `<p style="color:red;}/*">x</p>`,
	`<link rel=stylesheet href="https://evil.example/x.css">`, `<a href="javascript:alert(1)">x</a>`, `<a href="  java&#10;script:alert(1)">x</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a>`, `<a href="vbscript:x">x</a>`, `<a href="/logout">x</a>`, `<a href="//evil.example">x</a>`,
	`<img src=x onerror=alert(1)>`, `<img src="/logout">`, `<img src="javascript:alert(1)">`, `<img srcset="https://evil.example/a.png 2x">`,
	`<img src="data:image/svg+xml,<svg onload=alert(1)>">`, `<picture><source srcset="https://evil.example/a.png"><img></picture>`,
	`<video poster="https://evil.example/p.png" src="https://evil.example/v.mp4" autoplay></video>`, `<audio src="https://evil.example/a.mp3" autoplay></audio>`,
	`<iframe src="https://evil.example/"></iframe>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, `<object data="https://evil.example/x.swf"></object>`, `<embed src="https://evil.example/x">`,
	`<div hx-get="/logout" hx-trigger="load">x</div>`, `<div data-hx-post="/clients" data-hx-trigger="load">x</div>`, `<div hx-on:load="alert(1)" hx-ext="x" hx-vals='js:{}'>x</div>`,
	`<input type=image src="https://evil.example/i.png">`, `<isindex type=image src=1 onerror=alert(1)>`, `<div id="csrf" name="csrf" class="modal" data-x="1">x</div>`,
	`<textarea><img src=x onerror=alert(1)></textarea>`, `<title><img src=x onerror=alert(1)></title>`, `<xmp><img src=x onerror=alert(1)></xmp>`, `<plaintext><img src=x onerror=alert(1)>`,
	`<template><img src=x onerror=alert(1)></template>`, `<!--><img src=x onerror=alert(1)>-->`, `<![CDATA[<img src=x onerror=alert(1)>]]>`, `<!--[if gte mso 9]><img src=x onerror=alert(1)><![endif]-->`,
	`<a href="https://a.example" onclick=alert(1) ping="https://evil.example/" target=_self rel=opener>x</a>`, `<details open ontoggle=alert(1)>x</details>`,
	"<img src=`x`onerror=alert(1)>", "<a href=\"\x01javascript:alert(1)\">x</a>", `<p title='"><img src=x onerror=alert(1)>'>x</p>`, `<img alt='"><script>alert(1)</script>' src="https://evil.example/t.gif">`,
	`<marquee onstart=alert(1)>x</marquee>`, `<select><option><img src=x onerror=alert(1)></select>`, `<frameset onload=alert(1)><frame src="javascript:alert(1)">`, strings.Repeat("<div>", 400) + "<script>alert(1)</script>",
}

// assertSafe fails where HTML that a page shows holds what could act or load.
func assertSafe(t *testing.T, source, safe string) {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader("<body>" + safe))
	if err != nil {
		t.Fatal(err)
	}
	for _, selector := range []string{
		"script", "style", "link", "meta", "base", "form", "input", "button", "select", "textarea", "iframe", "frame", "object",
		"embed", "svg", "math", "video", "audio", "source", "picture", "template", "noscript", "[id]", "[class]", "[name]", "[srcset]", "[background]",
	} {
		if document.Find("body").Find(selector).Length() > 0 {
			t.Errorf("%.200s\nleaves %s: %.300s", source, selector, safe)
		}
	}
	document.Find("body *").Each(func(_ int, element *goquery.Selection) {
		for _, attribute := range element.Nodes[0].Attr {
			value := strings.ToLower(attribute.Val)
			switch {
			case strings.HasPrefix(attribute.Key, "on"), strings.HasPrefix(attribute.Key, "hx-"), strings.HasPrefix(attribute.Key, "data-"), attribute.Key == "ping":
				t.Errorf("%.200s\nleaves the attribute %s: %.300s", source, attribute.Key, safe)
			case attribute.Key == "src":
				t.Errorf("%.200s\nleaves src=%s", source, value)
			case attribute.Key == "href" && !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "mailto:") && !strings.HasPrefix(value, "tel:"):
				t.Errorf("%.200s\nleaves href=%s", source, value)
			case attribute.Key == "style" && (strings.Contains(value, "url") || strings.Contains(value, "var(") || strings.Contains(value, "expression") || strings.Contains(value, `\`)):
				t.Errorf("%.200s\nleaves style=%s", source, value)
			}
		}
		if href, linked := element.Attr("href"); linked && strings.HasPrefix(href, "http") {
			if rel := element.AttrOr("rel", ""); element.AttrOr("target", "") != "_blank" || !strings.Contains(rel, "noopener") || !strings.Contains(rel, "noreferrer") {
				t.Errorf("the link to %s has rel=%q", href, rel)
			}
		}
	})
}

func TestHazard062NothingInAMailActsOrLoads(t *testing.T) {
	t.Parallel()
	for _, source := range dangers {
		safe, _ := SanitizeHTML(source, noPicture)
		assertSafe(t, source, safe)
		again, _ := SanitizeHTML("<table><tr><td>"+source+"</td></tr></table><p>after</p>", noPicture)
		assertSafe(t, source, again)
	}
}

func TestHazard069MarkupOfHTMXAndOurOwnIdsAreStripped(t *testing.T) {
	t.Parallel()
	safe, _ := SanitizeHTML(`<div id="csrf" hx-get="/logout" data-hx-get="/logout" hx-trigger="load" class="x">text</div>`, noPicture)
	if safe != "<div>text</div>" {
		t.Fatal(safe)
	}
}

func TestHazard063RemotePicturesAreLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	asked := ""
	safe, blocked := SanitizeHTML(
		`<p>a<img src="https://evil.example/1.gif" alt="Logo &lt;b&gt;"><img src="HTTP://evil.example/2.gif"/><img src="cid:logo%40clinic" alt="x" width="10"><img src="cid:other">b</p>`,
		func(id string) string {
			if id == "logo@clinic" {
				asked = id
				return `/inbox/1/attachments/2?a=1&b="`
			}
			return ""
		})
	want := `<p>aLogo &lt;b&gt;<img alt="x" width="10" src="/inbox/1/attachments/2?a=1&amp;b=&#34;">b</p>`
	if safe != want || blocked != 2 || asked == "" {
		t.Fatalf("%d blocked\n got %s\nwant %s", blocked, safe, want)
	}
}

func TestAHarmlessMailKeepsItsLook(t *testing.T) {
	t.Parallel()
	source := `<table width="600" bgcolor="#ffffff"><tbody><tr><td align="center" style="color: #333; padding: 10px 0"><b>Bună</b> <a href="https://clinic.example/x?a=1&amp;b=2">here</a></td></tr></tbody></table>`
	safe, blocked := SanitizeHTML(source, noPicture)
	document, err := goquery.NewDocumentFromReader(strings.NewReader(safe))
	if err != nil {
		t.Fatal(err)
	}
	cell := document.Find(`table[width="600"][bgcolor] td[align=center]`)
	if blocked != 0 || cell.Find("b").Text() != "Bună" || cell.Find(`a[href="https://clinic.example/x?a=1&b=2"]`).Length() != 1 ||
		!strings.Contains(cell.AttrOr("style", ""), "color") || !strings.Contains(cell.AttrOr("style", ""), "padding") {
		t.Fatal(safe)
	}
}

func TestHazard064PlainTextBecomesTextAndLinksOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`a@a.co?]<img/src="x"/onerror=alert(1)>`:  `<a href="mailto:a@a.co" rel="nofollow noopener noreferrer" target="_blank">a@a.co</a>?]&lt;img/src=&#34;x&#34;/onerror=alert(1)&gt;`,
		"<b>&amp;\nline":                          "&lt;b&gt;&amp;amp;<br>\nline",
		`see (https://a.example/x?a=1&b=2).`:      `see (<a href="https://a.example/x?a=1&amp;b=2" rel="nofollow noopener noreferrer" target="_blank">https://a.example/x?a=1&amp;b=2</a>).`,
		`https://a.example/"onmouseover=alert(1)`: `<a href="https://a.example/" rel="nofollow noopener noreferrer" target="_blank">https://a.example/</a>&#34;onmouseover=alert(1)`,
		`javascript:alert(1) data:text/html,x`:    `javascript:alert(1) data:text/html,x`,
		"":                                        "",
	} {
		if got := TextToHTML(text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	for _, source := range dangers {
		assertSafe(t, source, TextToHTML(source))
		assertSafe(t, source, TextToHTML("mail me@clinic.example"+source+" or https://clinic.example/"+source))
	}
}

func TestTextSaysMoreThanTheHTMLOnlyWhereItHoldsOtherWords(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		text, html string
		says       bool
	}{
		{"Bună ziua,\r\n\r\nne vedem *luni* la 10.\r\n", "<p>Bună ziua,</p><p>ne vedem <b>luni</b> la 10.</p>", false},
		{"Read it <https://x.example/a>", `<a href="https://x.example/a">Read it</a>`, false},
		{"[Logo] Hello", `<img alt="Logo" src="cid:x"><p>Hello</p>`, false},
		{"I can not come", "<p>I can come</p>", true},
		{"come not", "<p>not come</p>", true},
		{"words", "<style>words</style>", true},
		{"", "<p>x</p>", false},
	} {
		if SaysMore(one.text, one.html) != one.says {
			t.Errorf("%q beside %q: want %t", one.text, one.html, one.says)
		}
	}
}
