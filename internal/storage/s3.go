package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/sony/gobreaker/v2"
)

const (
	// defaultTimeout is how long one call may take, retries included, the
	// object's own bytes aside.
	defaultTimeout = 10 * time.Second
	attempts       = 3
	// slowestUpload is the rate, in bytes a second, below which an upload is
	// given up.
	slowestUpload = 128 << 10
	// After breakAfter failures in a row S3 is not asked for restFor; then one
	// call tries it (hazard 92).
	breakAfter = 3
	restFor    = 15 * time.Second
)

// S3Settings say where a bucket is and how to reach it.
type S3Settings struct {
	EndpointURL     string
	Region          string
	Bucket          string
	AccessKeyID     string
	SecretAccessKey string
	// Timeout bounds one call, retries included, the object's own bytes aside;
	// zero means 10 s.
	Timeout time.Duration

	// restFor is restFor, unless a test is in a hurry.
	restFor time.Duration
}

// S3 is a Store in a bucket of any server that speaks S3.
type S3 struct {
	client  *s3.Client
	bucket  *string
	timeout time.Duration
	breaker *gobreaker.CircuitBreaker[any]
}

// errAskerGone marks calls that ended because the asker left: they say nothing
// about S3.
var errAskerGone = errors.New("the asker went away")

// OpenS3 returns the store in the bucket, which must exist. It does not connect:
// S3 may be away at the start.
func OpenS3(settings S3Settings) *S3 {
	timeout := cmp.Or(settings.Timeout, defaultTimeout)
	return &S3{
		client: s3.New(s3.Options{
			BaseEndpoint: aws.String(settings.EndpointURL),
			Region:       settings.Region,
			Credentials:  credentials.NewStaticCredentialsProvider(settings.AccessKeyID, settings.SecretAccessKey, ""),
			// Servers on one address have no host name for each bucket.
			UsePathStyle: true,
			HTTPClient:   newHTTPClient(timeout / 2),
			Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = attempts, time.Second
			}),
			// The signature covers a hash of the body already; checksums in
			// trailers are refused by some servers.
			RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
			ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		}),
		bucket:  aws.String(settings.Bucket),
		timeout: timeout,
		breaker: gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
			Name:         "s3",
			Timeout:      cmp.Or(settings.restFor, restFor),
			ReadyToTrip:  func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakAfter },
			IsSuccessful: func(err error) bool { return err == nil || isMissing(err) },
			IsExcluded:   func(err error) bool { return errors.Is(err, errAskerGone) },
		}),
	}
}

// newHTTPClient returns a client that gives up an attempt when the connection or
// the beginning of the answer takes longer than patience.
func newHTTPClient(patience time.Duration) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = patience }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = patience
			t.ResponseHeaderTimeout = patience
			t.MaxIdleConnsPerHost = 16
		})
}

// Put says the length beforehand and has the longer the larger the body is.
func (s *S3) Put(ctx context.Context, key string, body io.ReadSeeker) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("read the body of %s: %w", key, err)
	}
	allowance := s.timeout + time.Duration(size)*time.Second/slowestUpload
	err = s.ask(ctx, allowance, func(ctx context.Context) error {
		_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket:        s.bucket,
			Key:           aws.String(key),
			Body:          body,
			ContentLength: aws.Int64(size),
			// What it really is, is the noun's to know: a browser that gets hold
			// of the object's address must not run it.
			ContentType: aws.String("application/octet-stream"),
		})
		return err
	})
	return classify("put", key, err)
}

// Get returns once the answer begins; the body may take its time, as long as it goes on.
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, Object, error) {
	if err := check(ctx, key); err != nil {
		return nil, Object{}, err
	}
	// The body is read after the call, so the context must outlive it.
	watch := watchStalls(ctx, s.timeout)
	var answer *s3.GetObjectOutput
	err := s.guard(ctx, func() error {
		var err error
		answer, err = s.client.GetObject(watch.ctx, &s3.GetObjectInput{Bucket: s.bucket, Key: aws.String(key)})
		return watch.explain(err)
	})
	watch.pause()
	if err != nil {
		watch.stop()
		return nil, Object{}, classify("get", key, err)
	}
	object := Object{Key: key, Size: aws.ToInt64(answer.ContentLength), ModifiedAt: aws.ToTime(answer.LastModified)}
	return &download{body: answer.Body, watch: watch, asker: ctx, key: key}, object, nil
}

// Stat asks for the head alone.
func (s *S3) Stat(ctx context.Context, key string) (Object, error) {
	if err := check(ctx, key); err != nil {
		return Object{}, err
	}
	var object Object
	err := s.ask(ctx, s.timeout, func(ctx context.Context) error {
		answer, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: s.bucket, Key: aws.String(key)})
		if isMissing(err) {
			return s.missingInBucket(ctx, err)
		}
		if err != nil {
			return err
		}
		object = Object{Key: key, Size: aws.ToInt64(answer.ContentLength), ModifiedAt: aws.ToTime(answer.LastModified)}
		return nil
	})
	return object, classify("look at", key, err)
}

// missingInBucket returns the error of a missing object, unless the bucket is
// missing: the answer to HEAD has no text that would tell them apart, and a
// wrong bucket must not look like lost files.
func (s *S3) missingInBucket(ctx context.Context, missing error) error {
	if _, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: s.bucket}); err != nil {
		return fmt.Errorf("look for the bucket %s: %v", *s.bucket, err) //nolint:errorlint // wrapped, it would read as a missing object
	}
	return missing
}

// Delete asks no question before: the server takes what is not there as deleted.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	err := s.ask(ctx, s.timeout, func(ctx context.Context) error {
		_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: s.bucket, Key: aws.String(key)})
		return err
	})
	if isMissing(err) {
		return nil
	}
	return classify("delete", key, err)
}

// List asks for a page at a time, as far as it is read.
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := checkPrefix(prefix); err != nil {
			yield(Object{}, err)
			return
		}
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: s.bucket, Prefix: aws.String(prefix)})
		for pages.HasMorePages() {
			var page *s3.ListObjectsV2Output
			err := s.ask(ctx, s.timeout, func(ctx context.Context) error {
				var err error
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(Object{}, classify("list", prefix, err))
				return
			}
			for _, found := range page.Contents {
				object := Object{Key: aws.ToString(found.Key), Size: aws.ToInt64(found.Size), ModifiedAt: aws.ToTime(found.LastModified)}
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

// ask calls S3 for at most the allowance.
func (s *S3) ask(ctx context.Context, allowance time.Duration, call func(context.Context) error) error {
	return s.guard(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, allowance)
		defer cancel()
		return call(ctx)
	})
}

// guard calls S3 unless it failed lately, and remembers how it went.
func (s *S3) guard(asker context.Context, call func() error) error {
	_, err := s.breaker.Execute(func() (any, error) {
		err := call()
		if err != nil && errors.Is(asker.Err(), context.Canceled) {
			err = fmt.Errorf("%w: %w", errAskerGone, asker.Err())
		}
		return nil, err
	})
	return err
}

// classify puts an error of S3 among the errors of a Store.
func classify(verb, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case isMissing(err):
		return fmt.Errorf("%s %s: %w", verb, key, ErrNotFound)
	case errors.Is(err, errAskerGone):
		return fmt.Errorf("%s %s: %w", verb, key, err)
	}
	return unavailable(fmt.Errorf("%s %s: %w", verb, key, err))
}

// isMissing reports whether S3 says that there is no such object. A missing
// bucket has another code.
func isMissing(err error) bool {
	answer, ok := errors.AsType[smithy.APIError](err)
	return ok && (answer.ErrorCode() == "NoSuchKey" || answer.ErrorCode() == "NotFound")
}
