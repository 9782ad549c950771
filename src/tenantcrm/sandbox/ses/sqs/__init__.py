"""Amazon SQS as far as a poller needs it, over AWS's JSON protocol: queues that topics feed."""
