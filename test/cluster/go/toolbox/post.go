package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

func post(url, token, body string, patience time.Duration) string {
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return result(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		return result(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	return fmt.Sprint(answer.StatusCode, " ", oneLine(string(text)))
}
